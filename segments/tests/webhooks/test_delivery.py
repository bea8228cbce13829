"""Webhooks: everything, in order, at least once, signed; whoever dies and whatever answers."""

import json
from datetime import timedelta

import pytest
from django.utils.translation import override

from customers.models import Customer
from segments.engine.members.change_log import changes_since
from segments.models import MembershipChange, WebhookDelivery, WebhookEndpoint
from segments.models.work.watermark import Watermark, Work
from segments.refresh import refresh_segment
from segments.tasks import deliver_webhooks, webhooks
from segments.webhooks import delivery as module
from segments.webhooks.delivery import ATTEMPTS, DELAYS, deliver, purge_deliveries, wake_waiting
from segments.webhooks.endpoints import replay
from segments.webhooks.endpoints import test_endpoint as send_test
from segments.webhooks.resource import WEBHOOKS
from segments.webhooks.signature import signature

# What is written is settled when its transaction has ended.
pytestmark = pytest.mark.django_db(transaction=True)


def told(receiver):
    """Return the sequence numbers that were told, in order."""
    return [
        change["sequence"]
        for _headers, body in receiver.got
        for change in json.loads(body)["data"].get("changes", ())
    ]


def ids(receiver):
    return [headers["webhook-id"] for headers, _body in receiver.got]


def sequences(**options):
    return [change.sequence for change in changes_since(0, **options)]


def again(endpoint, clock):
    """Let the next attempt be due, and make it; return how long it was away."""
    endpoint.refresh_from_db()
    away = endpoint.not_before - clock()
    clock.at = endpoint.not_before
    deliver(endpoint.pk)
    return away


def test_every_change_is_told_in_order_in_batches_signed(
    endpoint, receiver, filled, monkeypatch, clock
):
    monkeypatch.setattr(module, "BATCH", 3)
    filled(7)
    deliver(endpoint.pk)

    assert told(receiver) == sequences()
    assert [len(json.loads(body)["data"]["changes"]) for _headers, body in receiver.got] == [
        3,
        3,
        1,
    ]
    headers, body = receiver.got[0]
    timestamp = int(headers["webhook-timestamp"])
    assert timestamp == int(clock().timestamp())
    expected = signature(endpoint.secret, headers["webhook-id"], timestamp, body)
    assert headers["webhook-signature"] == expected
    document = json.loads(body)
    assert document["type"] == "members.changed"
    first = changes_since(0)[0]
    assert document["data"]["changes"][0] == {
        "sequence": first.sequence,
        "segment": "all",
        "customer": first.customer_external_id,
        "kind": "entered",
        "reason": first.reason,
        "at": first.at.isoformat().replace("+00:00", "Z"),
    }
    assert len(set(ids(receiver))) == 3
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
    deliver(endpoint.pk)
    assert len(receiver.got) == 3


def test_only_the_segments_and_kinds_that_were_chosen(receiver, author, filled, make_segment):
    wanted, other = filled(2, "wanted"), filled(0, "other")
    document = {"name": "Some", "url": receiver.url, "segments": ["wanted"], "kinds": ["left"]}
    endpoint = WEBHOOKS.create(document, author=author).row
    before = MembershipChange.objects.latest("pk").pk
    Customer.objects.order_by("pk").first().delete()
    for segment in (wanted, other):
        refresh_segment(segment)
    deliver(endpoint.pk)

    (left,) = MembershipChange.objects.filter(segment=wanted, kind="left", pk__gt=before)
    assert told(receiver) == [left.sequence]
    endpoint.refresh_from_db()
    assert endpoint.cursor == MembershipChange.objects.latest("pk").pk
    wanted.delete()
    refresh_segment(other)
    deliver(endpoint.pk)
    assert len(receiver.got) == 1


def test_what_was_before_it_is_not_told(receiver, author, filled):
    filled(1)
    late = WEBHOOKS.create({"name": "Late", "url": receiver.url}, author=author).row
    deliver(late.pk)
    assert receiver.got == []


def test_a_failure_is_tried_again_later_each_time_with_the_same_text_and_id(
    endpoint, receiver, filled, clock
):
    receiver.answers = [500, 500]
    filled(1)
    deliver(endpoint.pk)
    deliver(endpoint.pk)
    assert len(receiver.got) == 1
    away = [again(endpoint, clock), again(endpoint, clock)]

    assert away == list(DELAYS[:2])
    assert len(receiver.got) == 3
    assert len(set(ids(receiver))) == 1
    assert len({body for _headers, body in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _body in receiver.got}) == 3
    endpoint.refresh_from_db()
    assert endpoint.failing_since is None
    assert endpoint.delivered_at == clock()


def test_nothing_newer_overtakes_what_failed(endpoint, receiver, filled, clock):
    receiver.answers = [500]
    filled(1, "one")
    deliver(endpoint.pk)
    filled(1, "two")
    again(endpoint, clock)

    assert told(receiver) == [*sequences()[:1], *sequences()]


def test_what_is_refused_is_given_up_and_can_be_replayed(endpoint, receiver, filled, clock, author):
    receiver.answers = [400] * ATTEMPTS
    filled(1, "one")
    deliver(endpoint.pk)
    for _attempt in range(ATTEMPTS - 1):
        again(endpoint, clock)
    dead = WebhookDelivery.objects.get()
    assert (dead.state, dead.attempts, dead.status_code) == ("dead", ATTEMPTS, 400)
    filled(1, "two")
    deliver(endpoint.pk)
    assert WebhookDelivery.objects.latest("pk").state == "delivered"

    replay(dead, author)
    deliver(endpoint.pk)

    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("delivered", 1)
    assert ids(receiver)[-1] == dead.message_id == ids(receiver)[0]
    assert replay(dead, author).state == "delivered"


def test_a_server_that_is_not_there_is_waited_for_and_turned_off_in_the_end(
    endpoint, receiver, filled, clock, settings, author
):
    settings.WEBHOOK_DISABLE_HOURS = 24
    filled(2)
    url = receiver.url
    WebhookEndpoint.objects.update(url=url.replace(str(receiver.port), "443"))
    with override("de"):
        deliver(endpoint.pk)
    assert WebhookDelivery.objects.get().error == "Port 443 may not be called."
    since = clock()
    while WebhookEndpoint.objects.get().is_active:
        again(endpoint, clock)

    assert clock() - since >= timedelta(hours=24)
    assert WebhookDelivery.objects.get().state == "waiting"
    assert "24 hours" in WebhookEndpoint.objects.get().disabled_reason
    wake_waiting()
    deliver(endpoint.pk)
    filled(1, "more")
    WEBHOOKS.save(endpoint, {"name": "Shop", "url": url}, author=author)
    deliver(endpoint.pk)
    assert told(receiver) == sequences()
    assert WebhookEndpoint.objects.get().disabled_reason == ""


def test_a_server_that_says_that_nobody_is_there_is_turned_off_at_once(endpoint, receiver, filled):
    receiver.answers = [410]
    filled(1)
    deliver(endpoint.pk)
    endpoint.refresh_from_db()
    assert not endpoint.is_active
    assert "410" in endpoint.disabled_reason


def test_redirects_are_refused_in_the_language_of_the_reader(endpoint, receiver, filled):
    receiver.answers, receiver.headers = [302], {"Location": f"{receiver.url}/other"}
    filled(1)
    with override("de"):
        deliver(endpoint.pk)
    assert len(receiver.got) == 1
    assert WebhookDelivery.objects.get().error == "Redirects are not followed."
    with override("fr"):
        assert WebhookDelivery.objects.get().error == "Les redirections ne sont pas suivies."


def test_after_a_kill_the_same_is_sent_again_under_its_id(
    endpoint, receiver, filled, clock, monkeypatch
):
    filled(2)
    held = module._held

    class Killed(BaseException):
        pass

    def killed(endpoint):
        # Sent, and neither written down nor let go of.
        if receiver.got:
            raise Killed
        return held(endpoint)

    with monkeypatch.context() as patch:
        patch.setattr(module, "_held", killed)
        with pytest.raises(Killed):
            deliver(endpoint.pk)
    deliver(endpoint.pk)
    assert len(receiver.got) == 1
    WebhookEndpoint.objects.update(lease_expires_at=None)
    deliver(endpoint.pk)

    assert len(set(ids(receiver))) == 1
    assert told(receiver) == sequences() * 2
    assert WebhookDelivery.objects.get().state == "delivered"


def test_who_was_thought_dead_writes_nothing(endpoint, receiver, filled, monkeypatch):
    filled(2)
    post = module.post

    def slow(*args):
        status = post(*args)
        monkeypatch.undo()
        WebhookEndpoint.objects.update(lease_expires_at=None)
        deliver(endpoint.pk)
        WebhookDelivery.objects.update(error="kept")
        return status

    monkeypatch.setattr(module, "post", slow)
    deliver(endpoint.pk)

    assert WebhookDelivery.objects.get().error == "kept"
    assert len(receiver.got) == 2
    assert len(set(ids(receiver))) == 1


def test_who_was_erased_is_told_as_nobody(endpoint, receiver, filled):
    filled(1)
    MembershipChange.objects.update(customer_id=None, customer_external_id=None)
    deliver(endpoint.pk)
    (change,) = json.loads(receiver.got[0][1])["data"]["changes"]
    assert change["customer"] is None


def test_deleted_changes_turn_it_off_with_a_word(endpoint, receiver, filled, author):
    filled(2)
    last = sequences()[-1]
    Watermark.objects.create(name=Work.PURGE, number=last)
    MembershipChange.objects.all().delete()
    WebhookEndpoint.objects.update(cursor=last - 1)
    deliver(endpoint.pk)
    endpoint.refresh_from_db()
    assert "deleted" in endpoint.disabled_reason
    WEBHOOKS.change(endpoint, {"is_active": True}, author=author)
    filled(1, "new")
    deliver(endpoint.pk)
    assert told(receiver) == list(MembershipChange.objects.values_list("pk", flat=True))


def test_a_test_is_sent_once_even_to_one_that_is_off(endpoint, receiver):
    WebhookEndpoint.objects.update(is_active=False)
    receiver.answers = [500]
    first = send_test(endpoint)
    assert send_test(endpoint) == first
    deliver(endpoint.pk)
    first.refresh_from_db()
    assert (first.state, first.status_code) == ("dead", 500)
    second = send_test(endpoint)
    deliver(endpoint.pk)
    second.refresh_from_db()
    assert second.state == "delivered"
    assert json.loads(receiver.got[-1][1])["type"] == "test"


def test_a_worker_is_woken_only_for_those_with_something_to_be_told(
    endpoint, receiver, filled, sent
):
    webhooks()
    assert sent == []
    filled(1)
    sent.clear()
    webhooks()
    assert sent == [("segments.deliver_webhooks", [endpoint.pk])]
    webhooks()
    assert len(sent) == 1
    deliver_webhooks(endpoint.pk)
    webhooks()
    assert len(sent) == 1
    assert len(receiver.got) == 1
    WebhookEndpoint.objects.update(is_active=False)
    send_test(endpoint)
    webhooks()
    assert len(sent) == 2


def test_what_is_old_is_deleted_but_not_what_waits(endpoint, receiver, filled, clock):
    filled(1, "one")
    deliver(endpoint.pk)
    receiver.answers = [500]
    filled(1, "two")
    deliver(endpoint.pk)
    clock.advance(days=400)
    purge_deliveries()
    assert [one.state for one in WebhookDelivery.objects.all()] == ["waiting"]
