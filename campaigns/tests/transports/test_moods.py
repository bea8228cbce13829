"""What each mood of a mail server means, by scripts on real sockets."""

import pytest

from campaigns.tests.transports.mails import a_mail, numbered
from campaigns.tests.transports.servers import answering, carrying
from campaigns.transports.outcome import Outcome

UTF8 = "250-scripted\n250-8BITMIME\n250 SMTPUTF8"
PASSING, REJECTED, REFUSED = Outcome.PASSING, Outcome.REJECTED, Outcome.REFUSED


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        ({"HELLO": "421 too busy"}, PASSING),
        ({"HELLO": "554 no mail here"}, PASSING),
        ({"HELLO": "nonsense"}, PASSING),
        ({"EHLO": "421 bye"}, PASSING),
        ({"EHLO": None}, PASSING),
        ({"MAIL": "421 4.3.2 going down"}, PASSING),
        ({"MAIL": "451 4.3.0 later"}, PASSING),
        ({"MAIL": "550 5.1.0 who are you"}, REFUSED),
        ({"MAIL": "553 5.1.8 no such domain"}, REFUSED),
        ({"MAIL": "530 5.7.0 authentication required"}, Outcome.LOGIN),
        ({"MAIL": None}, PASSING),
        ({"MAIL": "nonsense"}, PASSING),
        ({"RCPT": "421 4.7.0 too many"}, PASSING),
        ({"RCPT": "450 4.2.0 greylisted"}, PASSING),
        ({"RCPT": "451 4.3.0 later"}, PASSING),
        ({"RCPT": "452 4.2.2 full"}, PASSING),
        ({"RCPT": "550 5.1.1 no such user"}, REJECTED),
        ({"RCPT": "550 no such user"}, REJECTED),
        ({"RCPT": "550-5.1.1 no such\n550 5.1.1 user"}, REJECTED),
        ({"RCPT": "552 5.2.2 full"}, REJECTED),
        ({"RCPT": "554 5.7.1 relay access denied"}, REFUSED),
        ({"RCPT": "550 5.7.26 not authenticated"}, REFUSED),
        ({"RCPT": "550 5.1.8 sender's domain not found"}, REFUSED),
        ({"RCPT": "550 5.17.1 unheard of"}, REJECTED),
        ({"RCPT": None}, PASSING),
        ({"DATA": "451 4.3.0 later"}, PASSING),
        ({"DATA": "421 bye"}, PASSING),
        ({"DATA": "554 5.5.1 no valid recipients"}, REFUSED),
        ({"DATA": "250 what"}, PASSING),
        ({"DATA": None}, PASSING),
        ({"DOT": "421 4.3.0 going down"}, PASSING),
        ({"DOT": "451 4.3.0 later"}, PASSING),
        ({"DOT": "552 5.3.4 too large"}, REFUSED),
        ({"DOT": "554 5.7.1 spam"}, REFUSED),
        ({"DOT": "550 5.1.1 no such user after all"}, REJECTED),
        ({"DOT": "553 5.1.8 sender unknown"}, REFUSED),
        ({"DOT": "554 no"}, REFUSED),
        ({"DOT": None}, Outcome.UNCERTAIN),
        ({"DOT": "nonsense"}, Outcome.UNCERTAIN),
        ({"DOT": "354 what"}, Outcome.UNCERTAIN),
        ({"DOT": "25"}, Outcome.UNCERTAIN),
        ({"DOT": "250 2.0.0 queued"}, Outcome.SENT),
        ({"DOT": "251 fine"}, Outcome.SENT),
        ({"RCPT": "251 will forward"}, Outcome.SENT),
        ({"EHLO": "502 what"}, Outcome.SENT),
    ],
)
def test_each_refusal_has_its_outcome_and_the_next_mail_goes(replies, outcome):
    with answering(replies, {}) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(numbered(1)).outcome is outcome
        # Where the connection is still sound the script goes on as before.
        carrier.close()
        assert carrier.hand_over(numbered(2)).outcome is Outcome.SENT


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA", "DOT"])
@pytest.mark.parametrize(("code", "connections"), [("451", 1), ("550", 1), ("421", 3)])
def test_a_refusal_is_reset_and_a_goodbye_drops_the_connection(word, code, connections):
    with answering({word: f"{code} no"}) as server, carrying(server.port) as carrier:
        outcomes = {carrier.hand_over(numbered(number)).outcome for number in range(3)}

        assert len(outcomes) == 1
        assert server.connections == connections


def test_after_a_refused_reset_there_is_a_new_connection():
    replies = {"RCPT": "550 no", "RSET": "500 what"}
    with answering(replies, {}) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(numbered(1)).outcome is REJECTED
        assert carrier.hand_over(numbered(2)).outcome is Outcome.SENT
        assert server.connections == 2


def test_a_local_part_beyond_ascii_needs_smtputf8():
    with answering({}) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(a_mail(to="jäne@shop.example")).outcome is Outcome.ADDRESS
        assert carrier.hand_over(a_mail()).outcome is Outcome.SENT
        assert (server.connections, server.mails) == (1, 1)


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [({}, Outcome.SENT), ({"RCPT": "550 5.6.7 not at my next hop"}, Outcome.ADDRESS)],
)
def test_a_server_with_smtputf8_may_still_lack_it_further_on(replies, outcome):
    with answering({"EHLO": UTF8} | replies) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(a_mail(to="jäne@shop.example")).outcome is outcome


def test_the_detail_is_short_and_has_no_address():
    said = "550 5.1.1 <jane.doe@customer.example>: user Jane.Doe unknown " + "x" * 600
    with answering({"RCPT": said}) as server, carrying(server.port) as carrier:
        handed = carrier.hand_over(a_mail())

    assert handed.detail.startswith("550 5.1.1 <(address)>: user (address) unknown xxx")
    assert len(handed.detail) == 500


def test_nobody_listens():
    with answering({}) as server:
        port = server.port
    with carrying(port) as carrier:
        assert carrier.hand_over(a_mail()).outcome is PASSING


def test_an_address_that_is_none_is_not_even_said_to_the_server():
    with answering({}) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(a_mail(to="a@b.de, c@d.de")).outcome is Outcome.ADDRESS
        assert server.connections == 0
