"""Mails through aiosmtpd: what arrives, encryption, log-in, and how long a connection is kept."""

from collections import Counter

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from campaigns.tests.transports.certificates import self_signed
from campaigns.tests.transports.mails import a_mail, numbered
from campaigns.tests.transports.servers import answering, carrying, proper
from campaigns.transports.mail import compose_message
from campaigns.transports.outcome import Outcome

# What aiosmtpd thinks of a log-in without TLS.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
PASSWORD = "pä:ss@/w%rd"
ENCODED = "j%C3%B6rg:p%C3%A4%3Ass%40%2Fw%25rd@"


def log_in(server, session, envelope, mechanism, data) -> AuthResult:
    assert isinstance(data, LoginPassword)
    good = (data.login, data.password) == ("jörg".encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


WITH_LOG_IN = {"authenticator": log_in, "auth_required": True, "auth_require_tls": False}


def test_what_arrives_is_what_was_composed():
    mail = a_mail(text=".\r\n..\n.a\nGrüße", html="<p>\n.\n</p>" + "x" * 5000)
    with proper() as (kept, port), carrying(port) as carrier:
        assert carrier.hand_over(mail).outcome is Outcome.SENT
        (envelope,) = kept.envelopes

    # But for the boundary, which is made anew each time.
    def parts(data: bytes) -> list[bytes]:
        return [
            line for line in data.split(b"\r\n") if b"=====" not in line and line[:5] != b"Date:"
        ]

    assert parts(envelope.content) == parts(compose_message(mail).as_bytes())
    assert envelope.mail_from == "news@shop.example"
    assert envelope.rcpt_tos == ["jane.doe@customer.example"]


@pytest.mark.parametrize("to", ["jäne@bücher.example", '"a, b"@shop.example', "a'b+c@shop.example"])
def test_unusual_addresses_arrive(to: str):
    with proper(enable_SMTPUTF8=True) as (kept, port), carrying(port) as carrier:
        handed = carrier.hand_over(a_mail(to=to))
        assert handed.outcome is Outcome.SENT, handed.detail

    assert kept.envelopes[0].rcpt_tos == [to.replace("bücher", "xn--bcher-kva")]


def test_a_server_without_smtputf8_gets_no_such_address():
    with proper(enable_SMTPUTF8=False) as (kept, port), carrying(port) as carrier:
        assert carrier.hand_over(a_mail(to="jäne@bücher.example")).outcome is Outcome.ADDRESS
        assert carrier.hand_over(a_mail(to="jane@bücher.example")).outcome is Outcome.SENT

    assert [envelope.rcpt_tos for envelope in kept.envelopes] == [["jane@xn--bcher-kva.example"]]


def test_a_connection_serves_a_hundred_mails():
    with proper() as (kept, port), carrying(port) as carrier:
        outcomes = {carrier.hand_over(numbered(number)).outcome for number in range(201)}

    assert outcomes == {Outcome.SENT}
    assert list(Counter(kept.peers).values()) == [100, 100, 1]


def test_a_closed_carrier_opens_again():
    with proper() as (kept, port), carrying(port) as carrier:
        carrier.hand_over(numbered(1))
        carrier.close()
        carrier.close()
        carrier.hand_over(numbered(2))

    assert len(set(kept.peers)) == 2


@pytest.mark.parametrize("ways", [["PLAIN", "LOGIN"], ["LOGIN"]])
@pytest.mark.parametrize(
    ("user", "outcome"), [(ENCODED, Outcome.SENT), ("j%C3%B6rg:wrong@", Outcome.LOGIN)]
)
def test_the_log_in(ways, user, outcome):
    excluded = {"PLAIN", "LOGIN"} - set(ways)
    options = WITH_LOG_IN | {"auth_exclude_mechanism": excluded}
    with proper(**options) as (kept, port), carrying(port, user=user) as carrier:
        assert carrier.hand_over(a_mail()).outcome is outcome
    assert len(kept.envelopes) == (outcome is Outcome.SENT)


def test_a_log_in_is_wanted_that_we_have_not():
    with proper(**WITH_LOG_IN) as (_, port), carrying(port) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.LOGIN


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("535 5.7.8 wrong", Outcome.LOGIN),
        ("534 5.7.9 too weak", Outcome.LOGIN),
        ("530 5.7.0 first STARTTLS", Outcome.LOGIN),
        ("454 4.7.0 later", Outcome.PASSING),
        ("421 bye", Outcome.PASSING),
        (None, Outcome.PASSING),
    ],
)
def test_what_may_be_said_to_a_log_in(reply, outcome):
    replies = {"EHLO": "250-scripted\n250 AUTH PLAIN", "AUTH": reply}
    with answering(replies) as server, carrying(server.port, user=ENCODED) as carrier:
        handed = carrier.hand_over(a_mail())

    assert handed.outcome is outcome
    assert server.mails == 0


def test_a_server_without_any_log_in_that_we_know():
    replies = {"EHLO": "250-scripted\n250 AUTH GSSAPI"}
    with answering(replies) as server, carrying(server.port, user=ENCODED) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.LOGIN


def test_starttls_with_a_certificate_that_is_believed(tmp_path, monkeypatch):
    context, certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options = {"tls_context": context, "require_starttls": True, "authenticator": log_in}
    encrypted = {"user": ENCODED, "options": "?tls=1"}
    with proper(**options) as (kept, port), carrying(port, **encrypted) as carrier:
        handed = [carrier.hand_over(numbered(number)) for number in range(2)]
    assert [each.outcome for each in handed] == [Outcome.SENT, Outcome.SENT], handed
    assert len(set(kept.peers)) == 1


def test_tls_from_the_first_byte(tmp_path, monkeypatch):
    context, certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with proper(ssl_context=context) as (_, port), carrying(port, options="?ssl=1") as carrier:
        handed = [carrier.hand_over(numbered(number)) for number in range(2)]
    assert [each.outcome for each in handed] == [Outcome.SENT, Outcome.SENT], handed


@pytest.mark.parametrize("options", ["?tls=1", "?ssl=1"])
def test_a_certificate_that_nobody_believes(tmp_path, options):
    context, _ = self_signed(tmp_path)
    server = {"ssl_context": context} if "ssl" in options else {"tls_context": context}
    with proper(**server) as (kept, port), carrying(port, options=options) as carrier:
        handed = carrier.hand_over(a_mail())

    assert handed.outcome is Outcome.PASSING
    assert "certificate" in handed.detail
    assert kept.envelopes == []


@pytest.mark.parametrize(
    "replies", [{}, {"EHLO": "250-scripted\n250 STARTTLS", "STARTTLS": "454 not now"}]
)
def test_nothing_goes_out_unencrypted_where_starttls_is_wanted(replies):
    encrypted = {"user": ENCODED, "options": "?tls=1"}
    with answering(replies) as server, carrying(server.port, **encrypted) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.PASSING

    assert {line.split()[0] for line in server.heard if line} <= {"ehlo", "STARTTLS"}
