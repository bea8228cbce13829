"""Connections that break or fall silent, before and after the end of the data."""

import pytest

from campaigns.tests.transports.mails import a_mail, numbered
from campaigns.tests.transports.servers import Talk, answering, carrying, scripted
from campaigns.transports.outcome import Outcome

# More than the buffers of both ends hold.
LARGE = "<p>a long story</p>\n" * 600_000


def up_to_data(talk: Talk) -> None:
    """Go along until the mail's data may come."""
    talk.say("220 scripted")
    for reply in ("250 ok", "250 ok", "250 ok", "354 go on"):
        talk.hear()
        talk.say(reply)


def drops_in_the_data(talk: Talk) -> None:
    up_to_data(talk)
    talk.hear()


def refuses_in_the_data(talk: Talk) -> None:
    up_to_data(talk)
    talk.say("552 5.3.4 too large")
    talk.hear()


def silent_in_the_data(talk: Talk) -> None:
    up_to_data(talk)
    # Reads nothing: the client's buffers fill up, and its time passes.
    talk.sock.recv(1)
    talk.released.wait(60)


def silent_after_the_dot(talk: Talk) -> None:
    up_to_data(talk)
    talk.hear_data()
    talk.until_hung_up()


def drops_after_the_dot(talk: Talk) -> None:
    up_to_data(talk)
    talk.hear_data()


def half_a_reply(talk: Talk) -> None:
    up_to_data(talk)
    talk.hear_data()
    talk.say("250-taken")


def slow_bytes_after_the_dot(talk: Talk) -> None:
    up_to_data(talk)
    talk.hear_data()
    drip(talk)


def slow_bytes_at_the_greeting(talk: Talk) -> None:
    drip(talk)


def drip(talk: Talk) -> None:
    """Send a reply's bytes one by one, without an end, until the client has had enough."""
    talk.sock.sendall(b"250-")
    while not talk.released.wait(0.05):
        talk.sock.sendall(b"x")


def speaks_before_it_is_asked(talk: Talk) -> None:
    talk.say("220 scripted")
    talk.hear()
    talk.say("250 ok")
    talk.hear()
    talk.say("250 ok")
    talk.hear()
    talk.say("250 ok")
    talk.hear()
    # A reply too many, which is not one to the mail.
    talk.say("354 go on", "250 ok")
    talk.hear_data()


def serves_one_mail(talk: Talk) -> None:
    up_to_data(talk)
    talk.hear_data()
    talk.say("250 taken")


def goes_away_at_once(talk: Talk) -> None:
    talk.say("220 scripted")
    talk.hear()
    talk.say("250 ok")
    talk.hear()


@pytest.mark.parametrize(
    "script", [drops_in_the_data, refuses_in_the_data, speaks_before_it_is_asked]
)
def test_a_break_before_the_last_dot_is_passing(script):
    with scripted(script) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(a_mail(html=LARGE)).outcome is Outcome.PASSING


def test_silence_before_the_last_dot_is_passing():
    with scripted(silent_in_the_data) as server, carrying(server.port, seconds=1) as carrier:
        assert carrier.hand_over(a_mail(html=LARGE)).outcome is Outcome.PASSING


@pytest.mark.parametrize("script", [drops_after_the_dot, half_a_reply])
def test_a_break_after_the_last_dot_is_uncertain(script):
    with scripted(script) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.UNCERTAIN


@pytest.mark.parametrize("script", [silent_after_the_dot, slow_bytes_after_the_dot])
def test_silence_after_the_last_dot_is_uncertain(script):
    # Enough to come to the dot on a busy machine.
    with scripted(script) as server, carrying(server.port, seconds=3) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.UNCERTAIN


def test_slow_bytes_do_not_stretch_the_deadline():
    script = slow_bytes_at_the_greeting
    with scripted(script) as server, carrying(server.port, seconds=1) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.PASSING


def test_a_mail_is_not_tried_again_after_the_last_dot():
    with answering({"DOT": None}) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(a_mail()).outcome is Outcome.UNCERTAIN
        assert (server.connections, server.mails) == (1, 1)


@pytest.mark.parametrize("farewell", [None, "421 4.4.2 idle for too long"])
def test_an_idle_connection_that_was_closed_is_opened_again_once(farewell):
    def serves_one_mail_and_says_so(talk: Talk) -> None:
        serves_one_mail(talk)
        if farewell:
            talk.say(farewell)

    def serves(talk: Talk) -> None:
        talk.serve({}, server.count)

    with scripted(serves_one_mail_and_says_so, serves) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(numbered(1)).outcome is Outcome.SENT
        assert carrier.hand_over(numbered(2)).outcome is Outcome.SENT
        assert (server.connections, server.mails) == (2, 1)


def test_it_is_opened_again_only_once():
    scripts = (serves_one_mail, goes_away_at_once, serves_one_mail)
    with scripted(*scripts) as server, carrying(server.port) as carrier:
        assert carrier.hand_over(numbered(1)).outcome is Outcome.SENT
        assert carrier.hand_over(numbered(2)).outcome is Outcome.PASSING
        assert server.connections == 2
        assert carrier.hand_over(numbered(3)).outcome is Outcome.SENT


def test_an_interruption_leaves_no_connection_that_is_in_doubt(monkeypatch):
    with answering({}) as server, carrying(server.port) as carrier:
        carrier.hand_over(numbered(1))
        with monkeypatch.context() as patch:
            patch.setattr("campaigns.transports.smtp.transaction._ended", interrupted)
            with pytest.raises(KeyboardInterrupt):
                carrier.hand_over(numbered(2))
        assert carrier.hand_over(numbered(3)).outcome is Outcome.SENT
        assert (server.connections, server.mails) == (2, 2)


def interrupted(*arguments: object) -> None:
    raise KeyboardInterrupt
