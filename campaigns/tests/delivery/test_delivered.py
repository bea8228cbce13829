"""A mail that has arrived is sent, whenever the report comes, and nobody hands it over again."""

from datetime import timedelta

import pytest

from campaigns import sending
from campaigns.audience.freezing import freeze
from campaigns.delivery import test_mail
from campaigns.delivery.claiming import claim, note_lost
from campaigns.delivery.lifecycle import WrongState, cancel, resolve
from campaigns.delivery.test_mail import send_test
from campaigns.models import Campaign, CampaignState, Message, Suppression
from campaigns.results.provider_reports import Report, ReportType, note_reports
from campaigns.sending import Sent, send_due
from campaigns.tests.conftest import AT
from campaigns.transports.outcome import Handed, Outcome

pytestmark = pytest.mark.django_db
LOST = AT + timedelta(seconds=61)
LATER = AT + timedelta(hours=1)


@pytest.fixture
def campaign(make_campaign, make_subscriber):
    """A campaign on its way to one."""
    make_subscriber("1")
    return freeze(make_campaign(), AT).campaign


@pytest.fixture
def resend(settings):
    settings.MAIL_UNCERTAIN = "resend"


def arrived(message, at=AT):
    report = Report(f"arrived-{message.pk}", message.message_id, ReportType.DELIVERED, at)
    assert note_reports([report], at).accepted == 1
    message.refresh_from_db()
    return message.state, message.reason, message.sent_at


@pytest.mark.parametrize("decides", ["hold", "resend"])
def test_while_it_is_handed_over_and_then_its_sender_is_lost(campaign, mail, settings, decides):
    settings.MAIL_UNCERTAIN = decides
    message = claim(AT)
    assert arrived(message) == ("sent", "", AT)
    assert note_lost(LOST) == 0
    assert send_due(as_of=LATER) == Sent()
    message.refresh_from_db()
    assert (message.state, message.attempts, mail) == ("sent", 1, [])
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENT
    with pytest.raises(WrongState):
        resolve(message, "again", LATER, author=None)


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.PASSING, Outcome.UNCERTAIN])
def test_before_the_server_has_answered(campaign, server, monkeypatch, resend, outcome):
    server.moods.append(outcome)
    hand_over = server.hand_over

    def faster(mail):
        arrived(Message.objects.get())
        return hand_over(mail)

    monkeypatch.setattr(server, "hand_over", faster)
    send_due(as_of=AT)
    message = Message.objects.get()
    assert (message.state, message.lease_until) == ("sent", None)
    assert send_due(as_of=LATER) == Sent()
    assert len(server.handed) == 1


def test_before_it_is_tried_again(campaign, server, resend):
    server.moods.append(Outcome.UNCERTAIN)
    send_due(as_of=AT)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("scheduled", "no_reply")
    assert arrived(message) == ("sent", "", AT)
    assert send_due(as_of=LATER) == Sent()
    assert len(server.handed) == 1


def test_while_it_is_tried_again(campaign, server, resend):
    """Its second sender has it, and has not handed it over yet."""
    server.moods.append(Outcome.UNCERTAIN)
    send_due(as_of=AT)
    message = claim(LATER)
    arrived(message)
    assert sending.send_claimed(message, server, lambda: LATER) == "sent"
    assert len(server.handed) == 1


def test_after_somebody_wanted_it_sent_again(campaign, mail):
    message = claim(AT)
    note_lost(LOST)
    resolve(message, "again", LATER, author=None)
    assert arrived(message) == ("sent", "", AT)
    assert send_due(as_of=LATER) == Sent()
    assert mail == []


def test_after_it_was_given_up(campaign, server, resend, settings):
    settings.MAIL_ATTEMPTS = 1
    server.moods.append(Outcome.UNCERTAIN)
    send_due(as_of=AT)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("failed", "no_reply")
    assert arrived(message) == ("sent", "", AT)


def test_after_the_campaign_was_cancelled(campaign, server, resend):
    server.moods.append(Outcome.UNCERTAIN)
    send_due(as_of=AT)
    cancel(campaign, LATER, author=None)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("skipped", "cancelled")
    assert arrived(message) == ("sent", "", AT)


def test_a_second_copy_that_is_refused_changes_nothing(campaign, server, resend, monkeypatch):
    server.moods[:] = [Outcome.UNCERTAIN, Outcome.REFUSED]
    send_due(as_of=AT)
    hand_over = server.hand_over

    def meanwhile(mail):
        arrived(Message.objects.get())
        return hand_over(mail)

    monkeypatch.setattr(server, "hand_over", meanwhile)
    assert send_due(as_of=LATER) == Sent(sent=1)
    assert Message.objects.get().state == "sent"
    assert not Suppression.objects.exists()


def test_what_bounces_later_has_been_sent(campaign, mail):
    send_due(as_of=AT)
    message = Message.objects.get()
    arrived(message, LATER)
    bounced = Report("b", message.message_id, ReportType.BOUNCED, LATER, is_hard=True)
    note_reports([bounced], LATER)
    message.refresh_from_db()
    assert (message.state, message.sent_at) == ("sent", AT)
    assert message.bounced_at == message.delivered_at == LATER


def test_a_test_mail(make_template, sender, monkeypatch):
    class Faster:
        def hand_over(self, mail):
            arrived(Message.objects.get())
            return Handed(Outcome.UNCERTAIN, "said")

        def close(self):
            pass

    monkeypatch.setattr(test_mail, "carrier_of", lambda *args, **more: Faster())
    (message,) = send_test(make_template(), ["ann@shop.example"], AT, author=None)
    assert message.state == Message.objects.get().state == "sent"
    assert not Campaign.objects.exists()
