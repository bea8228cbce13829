"""`POST personalization/track-behavior`: what is taken, where it is stored, what is refused."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from conditions.matching import matching_customers
from core.clock import now
from customers.merging import merge_guest
from customers.models import (
    Consent,
    Customer,
    Login,
    Product,
    ProductView,
    ReceivedEvent,
    WishlistItem,
)
from customers.privacy.erasing import erase_due, request_erasure
from customers.tests.events.sender import Sender
from customers.tests.rows import a_customer
from personalization.models import BehaviorEvent, FactDetails
from personalization.signals import behavior_detected
from personalization.tests.conftest import CALL, behavior, say
from segments.engine.live_changes.changed_customers import process_batch

pytestmark = pytest.mark.django_db

NOTHING = {"no_consent": 0, "gpc": 0, "bot": 0, "rate": 0, "erased": 0}
VIEW = {"data": {"sku": "TEA"}}


@pytest.fixture
def ann(consenting):
    return consenting("C1")


def test_one_is_taken_with_and_without_the_last_slash(track, ann):
    answer = {"accepted": 1, "duplicates": 0, "dropped": NOTHING, "errors": []}
    assert track(behavior(id="1", channel="app", context={"device": "mobile"})) == answer
    assert track(behavior(id="2"), address=f"{CALL}/") == answer
    event = BehaviorEvent.objects.get(channel="app")
    assert (event.customer, event.behavior_type) == (ann, "search")
    assert (event.search_query, event.context) == ("red shoe", {"device": "mobile"})
    assert BehaviorEvent.objects.get(channel="web").data == {"query": "red shoe"}


@pytest.mark.both
def test_views_wishes_and_log_ins_are_the_shop_s_own(track, ann):
    at = now() - timedelta(days=1)
    times = {"occurred_at": at.isoformat()}
    answer = track(
        [
            behavior("product_viewed", **VIEW, **times, channel="app"),
            behavior("wishlist_added", **VIEW, **times),
            behavior("login", **times, context={"device": "tablet"}),
        ]
    )
    assert answer["accepted"] == 3
    view, wish, login = (model.objects.get() for model in (ProductView, WishlistItem, Login))
    assert (view.customer, view.product.sku, view.viewed_at) == (ann, "TEA", at)
    assert (wish.wishlist.customer, wish.product, wish.added_at) == (ann, view.product, at)
    assert (login.customer, login.logged_in_at) == (ann, at)
    assert not BehaviorEvent.objects.exists()
    found = FactDetails.objects.order_by("behavior_type")
    assert list(found.values_list("behavior_type", "channel", "context", "sku")) == [
        ("login", "web", {"device": "tablet"}, ""),
        ("product_viewed", "app", {}, "TEA"),
    ]
    asked = {"attribute": "wishlist.items_count", "operator": "is", "value": 1}
    process_batch()
    assert list(matching_customers({"match": "all", "conditions": [asked]})) == [ann]


@pytest.mark.both
def test_a_product_wished_for_again_keeps_the_later_time(track, ann):
    first, later = (now() - timedelta(days=days) for days in (3, 1))
    for at in (first, later, first - timedelta(days=1)):
        track(behavior("wishlist_added", **VIEW, occurred_at=at.isoformat()))
    assert WishlistItem.objects.get().added_at == later
    assert Product.objects.get().name == "TEA"


@pytest.mark.both
def test_the_same_id_counts_once_whichever_call_brings_it(track, ann):
    send = Sender()
    at = "2026-11-01T10:00:00Z"
    data = {"customer": "C1", "sku": "TEA", "viewed_at": at}
    event = {"type": "product.viewed", "id": "7", "occurred_at": at, "data": data}
    send(event, single=True)
    seen = behavior("product_viewed", **VIEW, id="7", occurred_at=at)
    assert track(seen)["duplicates"] == 1
    other = {**seen, "data": {"sku": "COFFEE"}}
    assert track.faults(other, status=409) == [("id", "id_reused")]
    login = behavior("login", id="7", occurred_at=at)
    assert track(login)["accepted"] == 1
    data = {"customer": "C1", "logged_in_at": at}
    event = {"type": "login", "id": "7", "occurred_at": at, "data": data}
    assert send(event, single=True)["repeated"] == 1
    assert (ProductView.objects.count(), Login.objects.count()) == (1, 1)


@pytest.mark.both
def test_again_with_the_same_id_is_a_duplicate_and_with_other_content_a_fault(track, ann):
    consenting = a_customer("C2")
    say(consenting)
    at = (now() - timedelta(hours=1)).isoformat()
    one = behavior(id="1", occurred_at=at)
    assert track([one, {**one, "data": {"query": "Red SHOE"}}, behavior(id="1")]) == {
        "accepted": 1,
        "duplicates": 2,
        "dropped": NOTHING,
        "errors": [],
    }
    for change in (
        {"data": {"query": "blue shoe"}},
        {"customer_id": "C2"},
        {"occurred_at": now().isoformat()},
    ):
        assert track.faults({**one, **change}, status=409) == [("id", "id_reused")]
    wrong = track([{**one, "data": {"query": "x"}}, behavior("checkout_started", id="1")])
    assert [(e["path"], e["code"]) for e in wrong["errors"]] == [("[0].id", "id_reused")]
    assert wrong["accepted"] == 1


@pytest.mark.both
def test_without_an_id_customer_type_time_and_folded_data_are_the_key(track, ann):
    at = (now() - timedelta(hours=1)).isoformat()
    one = behavior(occurred_at=at)
    answer = track([one, {**one, "data": {"query": "RED shoe"}}, {**one, "data": {"query": "b"}}])
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)
    later = {**one, "occurred_at": now().isoformat()}
    assert track([one, later])["accepted"] == 1
    view = behavior("product_viewed", **VIEW, occurred_at=at)
    assert track([view, view])["duplicates"] == 1


@pytest.mark.both
def test_an_id_is_forgotten_after_thirty_days(track, ann):
    track([behavior(id="1"), behavior("login", id="1")])
    BehaviorEvent.objects.update(received_at=now() - timedelta(days=31))
    ReceivedEvent.objects.update(at=now() - timedelta(days=31))
    again = [behavior(id="1", data={"query": "other"}), behavior("login", id="1")]
    assert track(again)["accepted"] == 2
    assert track(again)["duplicates"] == 2
    assert (BehaviorEvent.objects.count(), Login.objects.count()) == (2, 2)


@pytest.mark.both
def test_what_was_a_guest_s_is_known_again_after_the_merge(track, ann):
    guest = a_customer("G1", kind="guest")
    say(guest)
    at = (now() - timedelta(hours=1)).isoformat()
    sent = [
        behavior("search", "G1", occurred_at=at),
        behavior("search", "G1", id="1", data={"query": "x"}),
        behavior("login", "G1", id="2", channel="app"),
    ]
    track(sent)
    merge_guest("G1", "C1")
    assert track(sent)["duplicates"] == 3
    assert BehaviorEvent.objects.filter(customer=ann).count() == 2
    assert FactDetails.objects.get().customer == ann


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"behavior_type": "Search"}, "behavior_type", "behavior_type"),
        ({"behavior_type": None}, "behavior_type", "missing"),
        ({"behavior_type": "x" * 65}, "behavior_type", "behavior_type"),
        ({"customer_id": ""}, "customer_id", "missing"),
        ({"customer_id": True}, "customer_id", "no_text"),
        ({"customer_id": "a\0"}, "customer_id", "nul"),
        ({"id": "\ud800"}, "id", "encoding"),
        ({"id": "x" * 256}, "id", "long"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "occurred_at", "no_time"),
        ({"occurred_at": 5}, "occurred_at", "no_time"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "no_time"),
        ({"occurred_at": "0001-01-02T00:00:00Z"}, "occurred_at", "too_old"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "occurred_at", "in_the_future"),
        ({"channel": "Web"}, "channel", "channel"),
        ({"channel": 1}, "channel", "channel"),
        ({"data": []}, "data", "not_an_object"),
        ({"data": {}}, "data.query", "missing"),
        ({"data": {"query": ""}}, "data.query", "missing"),
        ({"data": {"query": ["a"]}}, "data.query", "json_kind"),
        ({"data": {"query": "a\0"}}, "data.query", "nul"),
        ({"data": {"query": "a", "b": [1, {"c": "\ud800"}]}}, "data.b[1].c", "encoding"),
        ({"data": {"query": "a", "b\0": 1}}, "data", "nul"),
        ({"context": {"referrer": "a\0"}}, "context.referrer", "nul"),
        ({"data": {"query": "a", "x": "y" * 8192}}, "data", "too_large"),
        ({"data": {"query": "a", "x": [[[[]]]]}}, "data", "too_deep"),
        ({"context": {"device": "fridge"}}, "context.device", "choice"),
        ({"context": {"device": {}}}, "context.device", "choice"),
        ({"context": {"browser": "x"}}, "context.browser", "unknown_field"),
        ({"context": {"pages_viewed": True}}, "context.pages_viewed", "number"),
        ({"context": {"referrer": 1}}, "context.referrer", "no_text"),
        ({"gpc": 1}, "gpc", "no_boolean"),
        ({"weight": 1}, "weight", "unknown_field"),
        ({"behavior_type": "product_viewed", "data": {"sku": "x" * 256}}, "data.sku", "long"),
        (
            {"behavior_type": "cart_added", "data": {"sku": "A", "quantity": 0}},
            "data.quantity",
            "number",
        ),
        (
            {"behavior_type": "recommendation_shown", "data": {"skus": "A"}},
            "data.skus",
            "not_a_list",
        ),
        (
            {"behavior_type": "experience_clicked", "data": {"element": "a"}},
            "data.variant",
            "missing",
        ),
    ],
)
def test_what_is_no_behaviour_is_refused_with_its_place(track, ann, change, path, code):
    one = {**behavior(), **change}
    assert track.faults(one) == [(path, code)]
    answer = track([behavior(id="good"), one])
    assert answer["accepted"] == 1
    assert [(e["path"], e["code"]) for e in answer["errors"]] == [(f"[1].{path}", code)]


def test_a_number_beyond_all_is_refused(track, ann):
    body = json.dumps(behavior("anything")).replace('"data": {}', '"data": {"x": 1e99999}')
    reply = track.client.post(CALL, body, content_type="application/json")
    assert reply.status_code == 400
    fault = reply.json()["errors"][0]
    assert (fault["path"], fault["code"]) == ("data.x", "number")
    assert "1.000000e+99999" in fault["message"]


@pytest.mark.parametrize("key", ["behavior_type", "customer_id", "id", "data", "context", "x"])
def test_lists_without_end_are_no_error_of_ours(track, ann, key):
    body = json.dumps({**behavior(), key: 0}).replace(
        f'"{key}": 0', f'"{key}": {"[" * 900}{"]" * 900}'
    )
    assert track.client.post(CALL, body, content_type="application/json").status_code == 400


def test_time_limits_are_exact(track, ann, monkeypatch):
    at = now()
    monkeypatch.setattr("personalization.intake.receiving.now", lambda: at)
    edges = (timedelta(minutes=5), -timedelta(days=395))
    for edge in edges:
        track(behavior(occurred_at=(at + edge).isoformat()))
    second = timedelta(seconds=1)
    codes = [("occurred_at", "in_the_future"), ("occurred_at", "too_old")]
    for edge, code in zip((edges[0] + second, edges[1] - second), codes, strict=True):
        assert track.faults(behavior(occurred_at=(at + edge).isoformat())) == [code]


def test_a_list_has_from_1_to_100_and_is_refused_only_if_all_are_wrong(track, ann):
    for wrong in ([], [behavior()] * 101):
        assert track.faults(wrong) == [("", "number_of_behaviors")]
    assert track.faults([behavior("search", "nobody"), 5]) == [
        ("[1]", "not_a_behavior"),
        ("[0].customer_id", "unknown_customer"),
    ]
    answer = track([behavior("search", "nobody"), behavior()])
    assert answer["accepted"] == 1
    assert [(e["path"], e["code"]) for e in answer["errors"]] == [
        ("[0].customer_id", "unknown_customer")
    ]
    assert "nobody" in track(behavior("search", "nobody"), status=404)["detail"]


def test_any_other_type_is_kept_and_another_context_is_not_mixed_up(track, ann):
    track(behavior("quiz_done", data={"score": 3, "good": True, "share": 0.5, "none": None}))
    assert BehaviorEvent.objects.get().data == {
        "score": 3,
        "good": True,
        "share": 0.5,
        "none": None,
    }


@pytest.mark.both
def test_an_erased_customer_is_counted_and_no_error(track, ann, consenting):
    consenting("C2")
    request_erasure(ann, "anonymize", author=None)
    erase_due()
    assert track(behavior())["dropped"] == NOTHING | {"erased": 1}
    answer = track([behavior(), behavior("search", "C2")])
    assert (answer["accepted"], answer["dropped"]["erased"]) == (1, 1)


def test_nothing_of_a_call_is_stored_without_consent(track, settings):
    silent, refusing, granting = (a_customer(number) for number in "ABC")
    say(refusing, "refused")
    say(granting)
    sent = [behavior(kind, who) for who in "ABC" for kind in ("search", "login")]
    answer = track(sent)
    assert (answer["accepted"], answer["dropped"]["no_consent"]) == (2, 4)
    assert {one.customer for one in BehaviorEvent.objects.all()} == {granting}
    settings.TRACKING_CONSENT = "opt_out"
    assert track(behavior("login", "A"))["accepted"] == 1
    data = {"customer": "B", "logged_in_at": "2026-11-01T10:00:00Z"}
    event = {"type": "login", "id": "1", "occurred_at": "2026-11-01T10:00:00Z", "data": data}
    Sender()(event, single=True)
    assert Login.objects.filter(customer=refusing).count() == 1
    assert Login.objects.filter(customer=silent).count() == 1


@pytest.mark.parametrize("signal", [{"Sec-GPC": "1"}, {"DNT": "1"}, "body"])
def test_gpc_stores_nothing_and_refuses_what_was_not_granted(track, signal):
    granting = a_customer("C1")
    say(granting, purposes=["personalization"])
    a_customer("C2")
    sent = [behavior("search", "C1"), behavior("search", "C2")]
    if signal == "body":
        answer = track([{**one, "gpc": True} for one in sent])
    else:
        answer = track(sent, **signal)
    assert (answer["accepted"], answer["dropped"]) == (0, NOTHING | {"gpc": 2})
    track(sent, DNT="1")
    entries = Consent.objects.filter(source="gpc").order_by("customer", "purpose")
    assert list(entries.values_list("customer__external_id", "purpose", "state")) == [
        ("C1", "tracking", "refused"),
        ("C2", "personalization", "refused"),
        ("C2", "tracking", "refused"),
    ]
    assert not BehaviorEvent.objects.exists()


def test_gpc_makes_nobody_a_guest(track):
    track(behavior("search", "v-" + "0" * 32), status=404, DNT="1")
    assert not Customer.objects.exists()


def test_crawlers_and_who_is_too_fast_are_dropped_and_counted(track, ann, settings):
    crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    assert track(behavior(), **{"User-Agent": crawler})["dropped"] == NOTHING | {"bot": 1}
    phone = "Mozilla/5.0 (Linux; Android 13; CUBOT P80) Chrome/120.0 Mobile"
    assert track(behavior(), **{"User-Agent": phone})["accepted"] == 1
    settings.TRACK_RATE_PER_MINUTE = 4
    a_customer("C2")
    say(Customer.objects.get(external_id="C2"))
    answer = track([behavior(id=str(n)) for n in range(9)] + [behavior("login", "C2")])
    # The one before may have been of the same minute.
    assert answer["dropped"]["rate"] in (5, 6)
    assert answer["accepted"] + answer["dropped"]["rate"] == 10


def test_what_happened_is_announced_after_commit(track, ann, django_capture_on_commit_callbacks):
    heard = []

    def hear(sender, **values):
        heard.append((values["behavior_type"], values["customer_id"], values["significance"]))

    behavior_detected.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            track([behavior("checkout_started"), behavior("cart_added"), behavior("login")])
            assert heard == []
    finally:
        behavior_detected.disconnect(hear)
    assert heard == [
        ("checkout_started", ann.pk, 1.0),
        ("cart_added", ann.pk, 0.8),
        ("login", ann.pk, 0.2),
    ]


def test_the_permission_is_needed(track, ann):
    track.client.logout()
    track(behavior(), status=401)
    assert Client().post(CALL, {}).status_code == 401


def test_calls_a_minute_are_limited(track, ann, settings):
    settings.TRACK_RATE = 1
    track(behavior())
    track(behavior(), status=429)
