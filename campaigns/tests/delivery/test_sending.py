"""Sending: once, judged just before, and every mood of a server as the contract says."""

from datetime import timedelta

import pytest

from campaigns import sending
from campaigns.audience.freezing import freeze
from campaigns.delivery.claiming import claim, note_lost
from campaigns.delivery.lifecycle import cancel, pause, resolve, resume, send
from campaigns.models import CampaignState, MailSender, Message, MessageState, Suppression
from campaigns.sending import Sent, send_due
from campaigns.tests.conftest import AT
from campaigns.transports.outcome import Outcome
from customers.models import Customer, NewsletterSubscription
from price_rules.models import Coupon
from price_rules.resource import PRICE_RULES

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(make_campaign, make_subscriber):
    """A campaign on its way to three."""
    for number in range(3):
        make_subscriber(f"c{number}", first_name=f"Name{number}")
    return freeze(make_campaign(), AT).campaign


def test_everybody_gets_one(campaign, mail):
    assert send_due(as_of=AT) == Sent(sent=3)
    assert send_due(as_of=AT) == Sent()
    assert sorted(one["To"] for one in mail) == [f"c{n}@shop.example" for n in range(3)]
    assert {one["Subject"] for one in mail} == {f"Hello Name{n}" for n in range(3)}
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENT


def test_headers(campaign, mail):
    send_due(limit=1, as_of=AT)
    (message,) = Message.objects.filter(state=MessageState.SENT)
    (one,) = mail
    assert one["Message-ID"] == f"<{message.message_id}>"
    assert message.message_id.startswith(f"{message.pk}.")
    assert message.message_id.endswith("@shop.example")
    assert one["List-Unsubscribe"].startswith("<https://mail.shop.example/m/u/")
    assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert one["From"] == "Shop <news@shop.example>"


def test_nothing_is_sent_or_skipped_while_mail_is_off(campaign, mail, settings):
    settings.MAIL_ENABLED = False
    assert send_due(as_of=AT) == Sent()
    assert not mail
    assert Message.objects.filter(state=MessageState.SCHEDULED).count() == 3


def test_each_is_judged_again_before_it_goes(campaign, mail):
    NewsletterSubscription.objects.filter(customer__external_id="c1").update(status="unsubscribed")
    assert send_due(as_of=AT) == Sent(sent=2, skipped=1)
    assert Message.objects.get(state=MessageState.SKIPPED).reason == "unsubscribed"


def test_no_address_gets_two_copies_even_if_it_becomes_the_same(campaign, mail):
    Customer.objects.filter(external_id="c1").update(email="C0@shop.example")
    assert send_due(as_of=AT) == Sent(sent=2, skipped=1)
    assert sorted(one["To"] for one in mail) == ["c0@shop.example", "c2@shop.example"]
    assert Message.objects.get(state="skipped").reason == "same_address"


def test_a_lost_sender_leaves_what_is_uncertain(campaign, mail):
    message = claim(AT)
    later = AT + timedelta(seconds=61)
    assert note_lost(AT + timedelta(seconds=59)) == 0
    assert send_due(as_of=later) == Sent(sent=2, uncertain=1)
    message.refresh_from_db()
    assert (message.state, message.reason) == (MessageState.UNCERTAIN, "lost")
    assert len(mail) == 2
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENT
    resolve(message, "again", later, author=None)
    assert send_due(as_of=later) == Sent(sent=1)
    assert len(mail) == 3


def test_what_is_uncertain_may_count_as_sent(campaign):
    message = claim(AT)
    note_lost(AT + timedelta(seconds=61))
    message.refresh_from_db()
    resolved = resolve(message, "sent", AT, author=None)
    assert (resolved.state, resolved.sent_at) == (MessageState.SENT, AT)


def test_resend_tries_what_is_uncertain_again(campaign, mail, settings):
    settings.MAIL_UNCERTAIN = "resend"
    claim(AT)
    assert send_due(as_of=AT + timedelta(seconds=61)) == Sent(sent=2)
    assert send_due(as_of=AT + timedelta(minutes=5)) == Sent(sent=1)


def test_what_was_taken_for_lost_is_not_handed_over(campaign, server):
    """A sender that stood still for longer than its lease finds that it is not its any more."""
    server.moods.append(Outcome.SENT)
    message = claim(AT)
    note_lost(AT + timedelta(seconds=61))
    assert sending.send_claimed(message, server, lambda: AT) == MessageState.UNCERTAIN
    assert server.handed == []


def test_passing_errors_are_tried_five_times(campaign, server):
    server.moods.append(Outcome.PASSING)
    Message.objects.exclude(pk=Message.objects.earliest("pk").pk).delete()
    at, ids = AT, set()
    for wait in (1, 5, 15, 60):
        assert send_due(as_of=at) == Sent()
        message = Message.objects.get()
        assert message.due_at == at + timedelta(minutes=wait)
        ids.add(message.message_id)
        at = message.due_at
    assert send_due(as_of=at) == Sent(failed=1)
    assert (len(ids), len(server.handed)) == (1, 5)
    assert Message.objects.get().reason == "unreachable"


def test_a_hard_bounce_suppresses(campaign, server):
    server.moods[:] = [Outcome.REJECTED, Outcome.SENT]
    assert send_due(as_of=AT) == Sent(sent=2, failed=1)
    assert Message.objects.get(state=MessageState.FAILED).reason == "rejected"
    assert Suppression.objects.get().reason == "hard_bounce"


def test_ten_refusals_in_a_row_pause(make_campaign, make_subscriber, server):
    for number in range(25):
        make_subscriber(f"c{number}")
    campaign = freeze(make_campaign(), AT).campaign
    server.moods[:] = [*[Outcome.REFUSED] * 9, Outcome.SENT, Outcome.REFUSED]
    assert send_due(as_of=AT) == Sent(sent=1, failed=19)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_reason) == (CampaignState.PAUSED, "refused")
    assert send_due(as_of=AT) == Sent()


def test_a_wrong_log_in_pauses_and_costs_no_attempt(campaign, server):
    server.moods[:] = [Outcome.LOGIN, Outcome.SENT]
    assert send_due(as_of=AT) == Sent()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_reason) == (CampaignState.PAUSED, "login")
    assert set(Message.objects.values_list("state", "attempts")) == {("scheduled", 0)}
    resume(campaign, author=None)
    assert send_due(as_of=AT) == Sent(sent=3)


def test_no_reply_is_uncertain_at_once(campaign, server):
    server.moods[:] = [Outcome.UNCERTAIN, Outcome.SENT]
    assert send_due(as_of=AT) == Sent(sent=2, uncertain=1)


def test_an_address_that_cannot_be_written_fails(campaign, server):
    server.moods[:] = [Outcome.ADDRESS, Outcome.SENT]
    assert send_due(as_of=AT) == Sent(sent=2, failed=1)
    assert Message.objects.get(state="failed").reason == "address"


def test_pause_resume_cancel(campaign, mail):
    pause(campaign, author=None)
    assert send_due(as_of=AT) == Sent()
    resume(campaign, author=None)
    send_due(limit=1, as_of=AT)
    cancel(campaign, AT, author=None)
    assert send_due(as_of=AT) == Sent()
    assert len(mail) == 1
    assert set(Message.objects.values_list("state", "reason")) == {
        ("sent", ""),
        ("skipped", "cancelled"),
    }


def test_scheduled_campaigns_go_at_their_time(make_campaign, make_subscriber, mail):
    make_subscriber("1")
    campaign = make_campaign(send_at=AT + timedelta(hours=1))
    assert send(campaign, AT, expected=1, author=None).state == CampaignState.SCHEDULED
    assert send_due(as_of=AT + timedelta(minutes=59)) == Sent()
    make_subscriber("2")
    assert send_due(as_of=AT + timedelta(hours=1)) == Sent(sent=2)


def test_a_sender_that_went_pauses(campaign, mail):
    MailSender.objects.update(postal_address="")
    assert send_due(as_of=AT) == Sent()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.pause_reason) == (CampaignState.PAUSED, "sender_missing")


def test_a_template_that_does_not_render_fails(make_campaign, make_template, make_subscriber):
    """So long a name, so often, is more than a mail may have."""
    make_subscriber("1", first_name="x" * 255)
    make_template("big", html="{{ customer.first_name }}" * 20_000)
    freeze(make_campaign(template="big"), AT)
    assert send_due(as_of=AT) == Sent(failed=1)
    assert Message.objects.get().reason == "template"


def test_each_gets_a_coupon_of_their_own_and_keeps_it(
    make_campaign, make_template, make_subscriber, server
):
    make_subscriber("1")
    said = {"code": "ten", "name": "Ten", "action": "percent", "value": 10, "coupon": "generated"}
    rule = PRICE_RULES.create(said, author=None).row
    says = "{{ coupon.code }}: {{ coupon.discount_text }}, {{ coupon.discount_amount }} per cent"
    make_template("gift", html=f"<p>{says}</p>")
    freeze(make_campaign(template="gift", coupon_rule="ten"), AT)
    server.moods[:] = [Outcome.PASSING, Outcome.SENT]
    send_due(as_of=AT)
    assert send_due(as_of=AT + timedelta(minutes=1)) == Sent(sent=1)
    coupon = Coupon.objects.get(rule=rule)
    assert (coupon.customer.external_id, coupon.uses, len(coupon.code)) == ("1", 1, 10)
    assert all(f"{coupon.code}: 10% off, 10 per cent" in mail.html for mail in server.handed)
    assert Message.objects.get().coupon == coupon


def test_a_paused_campaign_holds_no_other_up(campaign, make_campaign, mail):
    pause(campaign, author=None)
    freeze(make_campaign("other"), AT)
    assert send_due(as_of=AT) == Sent(sent=3)
    resume(campaign, author=None)
    assert send_due(as_of=AT) == Sent(sent=3)
