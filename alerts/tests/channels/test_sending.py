"""Channels get each alert at least once: filtered, together where they are many, for 24 hours."""

import json

import pytest
from django.contrib.auth.models import User

from alerts.channels import transports
from alerts.channels.resource import CHANNELS
from alerts.channels.sending import send_waiting
from alerts.checks.alert_changes import keep_current
from alerts.checks.muting import mute_segment
from alerts.failures.findings import Finding
from alerts.models import AlertChannel, AlertKind, AlertMessage
from campaigns.models import MailSender
from campaigns.transports.local import LocalCarrier, outbox
from campaigns.transports.outcome import Handed, Outcome
from core.problems import Invalid
from customers.models import Store, UserWebsite, Website
from segments.webhooks.sending import NotSent
from segments.webhooks.signature import signature
from tests.factories.clients import new_user

pytestmark = pytest.mark.django_db
READER = ("segments.view_segment", "segments.view_alert")


class Requests(list):
    """What was posted to other servers, which refuse where a test says so."""

    refuses = False

    def post(self, url, body, headers):
        self.append((url, json.loads(body), headers, body))
        if self.refuses:
            raise NotSent("away")
        return 200


@pytest.fixture
def posted(monkeypatch):
    """Take the place of other servers; return what was posted to them."""
    requests = Requests()
    monkeypatch.setattr(transports, "post", requests.post)
    return requests


def make(kind="webhook", **values):
    document = {"name": "Ops", "kind": kind, **values}
    if kind != "mail":
        document.setdefault("url", "https://shop.example/alerts")
    return CHANNELS.create(document, author=None).row


def fail(clock, *segments, about=("",)):
    """Have these segments, and nothing else, fail now."""
    findings = [
        Finding(AlertKind.REFRESH_FAILED, one, of, {"error": "slow"})
        for one in segments
        for of in about
    ]
    return keep_current([AlertKind.REFRESH_FAILED], findings, clock.at)


def test_webhook_is_signed_and_told_of_both_ends(make_segment, clock, posted):
    channel = make()
    vip = make_segment("VIP")
    (alert,) = fail(clock, vip)
    fail(clock, vip)
    send_waiting()
    fail(clock)
    send_waiting()
    send_waiting()
    assert [body["type"] for _url, body, *_more in posted] == ["alert.opened", "alert.over"]
    (_url, body, headers, raw), (_, over, later, _raw) = posted
    assert (body["data"]["id"], body["data"]["kind"]) == (alert.pk, "refresh_failed")
    assert over["data"]["state"] == "over"
    assert headers["webhook-id"] != later["webhook-id"]
    expected = signature(
        channel.secret, headers["webhook-id"], int(headers["webhook-timestamp"]), raw
    )
    assert headers["webhook-signature"] == expected


def test_failed_message_is_sent_again_under_its_id_for_a_day(make_segment, clock, posted):
    make()
    fail(clock, make_segment("VIP"))
    posted.refuses = True
    for _hour in range(30):
        send_waiting()
        clock.advance(hours=1)
    assert len({headers["webhook-id"] for _u, _b, headers, _r in posted}) == 1
    assert 20 < len(posted) <= 26
    assert AlertMessage.objects.get().state == "given_up"
    assert AlertChannel.objects.get().error == "away"


def test_message_that_breaks_keeps_no_other(make_segment, clock, monkeypatch):
    """Catches a channel that one message stops for ever."""
    make()
    fail(clock, make_segment("VIP"), make_segment("New"))
    sent = []

    def post(url, body, headers):
        if b"VIP" in body:
            raise RuntimeError
        sent.append(body)
        return 200

    monkeypatch.setattr(transports, "post", post)
    for _hour in range(30):
        send_waiting()
        clock.advance(hours=1)
    assert len(sent) == 1
    states = AlertMessage.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["given_up", "sent"]


def test_chosen_kinds_segments_and_muted_ones(make_segment, clock, posted):
    vip, muted, other = (make_segment(name) for name in ("VIP", "Muted", "Other"))
    make(segments=["vip", "muted"])
    make(url="https://shop.example/other", kinds=["drift"])
    mute_segment(muted, clock.at.replace(year=2027), new_user())
    fail(clock, vip, muted, other)
    send_waiting()
    assert [body["data"]["segment"] for _url, body, *_more in posted] == ["vip"]


def test_more_than_ten_go_as_one_with_the_common_cause(make_segment, clock, posted, settings):
    settings.PUBLIC_URL = "https://admin.shop.example/"
    make(kind="chat")
    vip = make_segment("<!channel> & VIP")
    alerts = fail(clock, vip, about=[str(number) for number in range(11)])
    for alert in alerts:
        alert.cause = "import"
        alert.save()
    send_waiting()
    ((_url, body, *_more),) = posted
    first, *lines = body["text"].splitlines()
    assert first == "11 alerts, most of them by the same cause: import"
    assert len(lines) == 11
    assert lines[0] == (
        "Refreshing &lt;!channel&gt; &amp; VIP keeps failing: slow "
        f"https://admin.shop.example/admin/alerts/alert/{alerts[0].pk}/change/"
    )


def test_daily_message_waits_for_its_hour(make_segment, clock, posted, settings):
    settings.NIGHTLY_REFRESH_HOUR = 5
    make(digest="daily")
    fail(clock, make_segment("VIP"), about=("1", "2"))
    send_waiting()
    assert posted == []
    clock.set("2026-04-11T07:00")
    send_waiting()
    ((_url, body, *_more),) = posted
    assert len(body["data"]["alerts"]) == 2


@pytest.fixture
def readers(settings):
    """Let mail leave for the outbox; return a function that makes users who may see alerts."""
    settings.EMAIL_URL, settings.MAIL_ENABLED = "memory://", True
    store = Store.objects.first()
    MailSender.objects.create(store=store, from_email="shop@shop.example", is_default=True)
    outbox.clear()
    return lambda *names: [new_user(*READER, email=f"{name}@shop.example") for name in names]


def recipients():
    return [mail["To"] for mail in outbox]


def test_mail_goes_to_readers_who_may_see_alerts(make_segment, clock, readers):
    ann, bob = readers("ann", "bob")
    make(kind="mail", addresses=[ann.email, bob.email])
    bob.user_permissions.clear()
    fail(clock, make_segment("VIP"))
    send_waiting()
    (mail,) = outbox
    assert (mail["To"], mail["Subject"]) == (
        "ann@shop.example",
        "Refreshing VIP keeps failing: slow",
    )
    assert AlertMessage.objects.get().state == "sent"


def test_reader_limited_to_websites_gets_no_mail(make_segment, clock, readers):
    """Catches sizes of other websites that leave by mail, while every page refuses them."""
    ann, bob = readers("ann", "bob")
    make(kind="mail", addresses=[ann.email, bob.email])
    UserWebsite.objects.create(user=bob, website=Website.objects.first())
    fail(clock, make_segment("VIP"))
    send_waiting()
    assert recipients() == [ann.email]
    with pytest.raises(Invalid, match="No user"):
        make(kind="mail", addresses=[bob.email])


def test_refused_reader_makes_nobody_get_a_mail_twice(make_segment, clock, readers, monkeypatch):
    """Catches a mail that a day of attempts for one mailbox sends to all others each time."""
    ann, bob = readers("ann", "bob")
    make(kind="mail", addresses=[bob.email, ann.email])
    fail(clock, make_segment("VIP"))
    full = {bob.email}
    hand_over = LocalCarrier.hand_over

    def refuse_full(self, mail):
        if mail.to in full:
            return Handed(Outcome.PASSING, "The mailbox is full.")
        return hand_over(self, mail)

    monkeypatch.setattr(LocalCarrier, "hand_over", refuse_full)
    for _attempt in range(3):
        send_waiting()
        clock.advance(hours=1)
    assert recipients() == [ann.email]
    full.clear()
    send_waiting()
    assert recipients() == [ann.email, bob.email]
    assert AlertMessage.objects.get().state == "sent"


def test_creator_limited_later_gets_no_alert(make_segment, clock, posted):
    """Catches sizes of all websites that leave for an address of somebody who may see one."""
    creator = new_user()
    make(kind="chat")
    AlertChannel.objects.update(created_by=creator)
    limit = UserWebsite.objects.create(user=creator, website=Website.objects.first())
    fail(clock, make_segment("VIP"))
    send_waiting()
    assert posted == []
    assert "limited to websites" in str(AlertChannel.objects.get().error)
    limit.delete()
    clock.advance(hours=1)
    send_waiting()
    assert len(posted) == 1
    UserWebsite.objects.create(user=creator, website=Website.objects.first())
    fail(clock, make_segment("New"))
    channel = AlertChannel.objects.get()
    User.objects.get(pk=creator.pk).delete()
    turned_off = AlertChannel.objects.get()
    assert not turned_off.is_active and "who is deleted" in str(turned_off.error)
    assert turned_off.version == channel.version + 1
    # Whoever turns it on does not send what has waited.
    AlertChannel.objects.update(is_active=True)
    send_waiting()
    assert len(posted) == 1


def test_worker_without_its_lease_sends_nothing_more(make_segment, clock, monkeypatch):
    """Catches a slow worker that renews or frees the lease of the worker that took over."""
    channel = make()
    fail(clock, make_segment("VIP"), make_segment("New"))
    sent = []

    def post(url, body, headers):
        sent.append(body)
        clock.advance(minutes=11)
        AlertChannel.objects.update(lease_expires_at=clock.at.replace(year=2027))
        return 200

    monkeypatch.setattr(transports, "post", post)
    send_waiting()
    assert len(sent) == 1
    channel.refresh_from_db()
    assert channel.lease_expires_at.year == 2027
