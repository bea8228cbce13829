"""What a URL for mail names, and how one is refused."""

import pytest

from campaigns.tests.transports.mails import a_mail
from campaigns.tests.transports.servers import proper
from campaigns.transports import local
from campaigns.transports.outcome import Outcome
from campaigns.transports.smtp.server import SmtpServer, smtp_server
from campaigns.transports.transport import carrier_of

SECRET = "hunter2"


def carrier(url: str, folder, *, lease: float = 60):
    return carrier_of(url, data_dir=folder, lease_seconds=lease)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://mail.example:2525/", SmtpServer("mail.example", 2525)),
        ("SMTP://mail.example?tls=0", SmtpServer("mail.example", 25)),
        ("smtp://mail.example?tls=1", SmtpServer("mail.example", 587, tls=True)),
        ("smtp://mail.example?ssl=1&tls=0", SmtpServer("mail.example", 465, ssl=True)),
        ("smtp://[::1]:25", SmtpServer("::1", 25)),
        (
            "smtp://a%40b:p%2F%3A%25%C3%A4@mail.example:99?tls=1",
            SmtpServer("mail.example", 99, tls=True, user="a@b", password="p/:%ä"),
        ),
    ],
)
def test_the_url_of_a_mail_server(url, server):
    assert smtp_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        f"smtp://user:{SECRET}@",
        f"smtp://user:{SECRET}@host:port",
        f"smtp://user:x/{SECRET}@host",
        f"smtp://user:x?{SECRET}@host",
        f"smtp://user:x#{SECRET}@host",
        f"smtp://user:x[{SECRET}@host",
        f"smtp://user:{SECRET}%ff@host",
        f"smtp://user:{SECRET}%00@host",
        f"smtp://:{SECRET}@host",
        "smtp://user@host",
        f"smtp://user:{SECRET}\uff0f@host",
        f"smtp://user:{SECRET}@host:99999",
        f"smtp://user:{SECRET}@host?tls=yes",
        f"smtp://user:{SECRET}@host?tls=1&ssl=1",
        f"smtp://user:{SECRET}@host?starttls=1",
        f"smtp://user:{SECRET}@host/path",
        f"smtp://user:{SECRET}@{'h' * 70}.example",
        f"smtps://user:{SECRET}@host",
        f"smtp:user:{SECRET}@host",
        "",
        "mail",
        "file:",
        "file://relative/path",
        "file:///",
        "file:///a%00b",
        "console://x",
        "memory://x",
        "anymail://",
        "anymail+nobody://",
        "anymail+amazon-ses://",
        f"anymail+postmark://{SECRET}",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_with_a_sentence(url, tmp_path):
    with pytest.raises(ValueError, match=r"^[A-Za-z].*\.$") as refused:
        carrier(url, tmp_path)
    assert SECRET not in str(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_the_password_is_not_shown():
    assert SECRET not in repr(smtp_server(f"smtp://user:{SECRET}@host"))


@pytest.mark.parametrize("lease", [3, 0, -1])
def test_a_lease_needs_time_to_write_down_the_outcome(lease, tmp_path):
    with pytest.raises(ValueError, match="longer than 3 seconds"):
        carrier("memory://", tmp_path, lease=lease)


def test_a_mail_goes_to_the_server_that_is_named(tmp_path):
    with proper() as (kept, port):
        smtp = carrier(f"smtp://127.0.0.1:{port}", tmp_path)
        assert smtp.hand_over(a_mail()).outcome is Outcome.SENT
        smtp.close()

    assert len(kept.envelopes) == 1


def test_memory_keeps_messages(tmp_path):
    local.outbox.clear()
    assert carrier("memory://", tmp_path).hand_over(a_mail()).outcome is Outcome.SENT
    assert carrier("memory://", tmp_path).hand_over(a_mail(to="a@b.de,c@d.de")).outcome is (
        Outcome.ADDRESS
    )

    (message,) = local.outbox
    assert message["To"] == "jane.doe@customer.example"
    local.outbox.clear()


def test_the_console_shows_messages(tmp_path, capsys):
    assert carrier("console://", tmp_path).hand_over(a_mail()).outcome is Outcome.SENT

    shown = capsys.readouterr().out
    assert "Subject: Spring is here\n" in shown
    assert "\r" not in shown
