"""Campaigns by the API, from the draft to the report, and what is refused on the way."""

from datetime import timedelta
from functools import partial

import pytest

from campaigns.models import Campaign, MailSender, Message
from campaigns.sending import send_due
from campaigns.tests.conftest import AT  # noqa: F401
from core.clock import now
from customers.models import Store, Website
from price_rules.models import CartPriceRule

pytestmark = pytest.mark.django_db
BODY = {"code": "spring", "name": "Spring", "template": "w", "stores": ["default"]}


@pytest.fixture
def shop(make_template, make_subscriber, sender):
    make_template("w")
    for number in range(3):
        make_subscriber(str(number))


def test_from_the_draft_to_the_report(merchant, shop, mail):
    made = merchant.send("POST", "campaigns/", BODY)
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made["Location"]) == ("draft", "/api/v1/campaigns/spring/")
    found = merchant.send("POST", "campaigns/spring/audience/").json()
    assert (found["members"], found["eligible"], found["by_store"]) == (3, 3, {"default": 3})
    assert [one["id"] for one in found["first"]] == ["0", "1", "2"]
    sent = merchant.send("POST", "campaigns/spring/send/", {"expected": 3})
    assert (sent.status_code, sent.json()["state"]) == (202, "sending")
    assert merchant.send("POST", "campaigns/spring/send/", {"expected": 3}).status_code == 202
    other = merchant.send("POST", "campaigns/spring/send/", {"expected": 9})
    assert (other.status_code, other.json()["eligible"]) == (409, 3)
    send_due()
    assert len(mail) == 3
    report = merchant.send("GET", "campaigns/spring/report/").json()
    states = ("scheduled", "sending", "sent", "failed", "skipped", "uncertain", "purged")
    assert sum(report[state] for state in states) == report["audience"] == report["sent"] == 3
    assert merchant.send("GET", "campaigns/spring/").json()["state"] == "sent"
    rows = merchant.send("GET", "messages/?campaign=spring&state=sent").json()["results"]
    assert [one["source"] for one in rows] == ["campaign:spring"] * 3
    assert [one["address"] for one in rows] == [f"{n}@shop.example" for n in range(3)]


def test_another_number_than_expected_freezes_nothing(merchant, shop):
    merchant.send("POST", "campaigns/", BODY)
    answer = merchant.send("POST", "campaigns/spring/send/", {"expected": 2})
    body = answer.json()
    assert (answer.status_code, body["errors"][0]["code"]) == (409, "audience_changed")
    assert (body["expected"], body["eligible"]) == (2, 3)
    assert not Message.objects.exists()
    assert Campaign.objects.get().state == "draft"


def test_what_is_frozen_does_not_change(merchant, shop):
    merchant.send("POST", "campaigns/", BODY)
    merchant.send("POST", "campaigns/spring/send/")
    for method, body in (("PATCH", {"name": "Other"}), ("DELETE", None)):
        answer = merchant.send(method, "campaigns/spring/", body, **{"If-Match": "*"})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "frozen")


@pytest.mark.parametrize(
    ("missing", "code"),
    [("sender", "sender_missing"), ("url", "public_url_missing"), ("people", "no_audience")],
)
def test_why_it_is_not_sent(merchant, shop, settings, missing, code):
    merchant.send("POST", "campaigns/", BODY | {"segments": []})
    if missing == "sender":
        MailSender.objects.update(postal_address=" ")
    elif missing == "url":
        settings.PUBLIC_URL = ""
    else:
        from customers.models import Customer

        Customer.objects.update(is_active=False)
    answer = merchant.send("POST", "campaigns/spring/send/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, code)


@pytest.mark.parametrize("send_at", [None, "2999-01-01T00:00:00Z"])
def test_only_stores_that_somebody_gets_it_from_need_a_sender(
    merchant, shop, make_subscriber, send_at
):
    other = Store.objects.create(code="ch", name="Bern", website=Store.objects.get().website)
    both = BODY | {"segments": [], "stores": ["default", "ch"], "send_at": send_at}
    merchant.send("POST", "campaigns/", both)
    (warning,) = [
        one
        for one in merchant.send("POST", "campaigns/spring/audience/").json()["warnings"]
        if "sender" in one
    ]
    assert "“Bern”" in warning
    merchant.send("POST", "campaigns/", both | {"code": "other"})
    assert merchant.send("POST", "campaigns/spring/send/").status_code == 202
    make_subscriber("ch", store=other.code)
    (warning,) = merchant.send("POST", "campaigns/other/audience/").json()["warnings"][:1]
    assert "“Bern”" in warning and "without one it is not sent" in warning
    answer = merchant.send("POST", "campaigns/other/send/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "sender_missing")
    assert answer.json()["stores"] == ["ch"]


def test_problems_come_with_their_places(merchant, shop):
    body = BODY | {"template": "x", "stores": ["y"], "segments": ["z"], "coupon_rule": "r"}
    errors = merchant.send("POST", "campaigns/", body).json()["errors"]
    assert {(one["path"], one["code"]) for one in errors} == {
        ("template", "unknown_template"),
        ("stores[0]", "unknown_store"),
        ("segments[0]", "unknown_segment"),
        ("coupon_rule", "unknown_rule"),
    }
    assert merchant.send("POST", "campaigns/", BODY | {"stores": []}).status_code == 400


@pytest.mark.parametrize(
    ("change", "code"),
    [({"coupon": "none"}, "rule_without_coupons"), ({"is_active": False}, "rule_inactive")],
)
def test_a_rule_that_gives_no_coupons_any_more_is_warned_of(merchant, shop, rule, change, code):
    merchant.send("POST", "campaigns/", BODY | {"coupon_rule": "ten"})
    CartPriceRule.objects.update(**change)
    named = merchant.send("PATCH", "campaigns/spring/", {"name": "S"}, if_match="*")
    assert (named.status_code, named.json()["name"]) == (200, "S")
    assert [(one["path"], one["code"]) for one in named.json()["warnings"]] == [
        ("coupon_rule", code)
    ]
    new = merchant.send("POST", "campaigns/", BODY | {"code": "new", "coupon_rule": "ten"})
    assert new.status_code == 400


def test_the_list_knows_how_many_there_would_be(
    merchant, shop, make_segment, make_subscriber, put_into
):
    """NQ04."""
    put_into(make_segment("few"), make_subscriber("few"))
    put_into(make_segment("more"), make_subscriber("m1"), make_subscriber("m2"))
    for code in ("more", "few"):
        merchant.send("POST", "campaigns/", BODY | {"code": code, "segments": [code]})

    def listed(query):
        return [
            (one["code"], one["eligible"])
            for one in merchant.send("GET", f"campaigns/?{query}").json()["results"]
        ]

    assert listed("ordering=eligible") == [("few", 1), ("more", 2)]
    assert listed("ordering=-eligible") == [("more", 2), ("few", 1)]
    assert listed("eligible_min=2") == [("more", 2)]


def test_later_and_cancelled(merchant, shop):
    later = (now() + timedelta(days=1)).isoformat()
    merchant.send("POST", "campaigns/", BODY | {"send_at": later})
    sent = merchant.send("POST", "campaigns/spring/send/")
    assert sent.json()["state"] == "scheduled"
    assert merchant.send("POST", "campaigns/spring/pause/").status_code == 409
    assert merchant.send("POST", "campaigns/spring/cancel/").json()["state"] == "cancelled"
    assert merchant.send("POST", "campaigns/spring/send/").status_code == 409
    assert not Message.objects.exists()


def test_who_may_not_send_does_not_change_what_is_scheduled(merchant, shop, client_with):
    later = (now() + timedelta(days=1)).isoformat()
    merchant.send("POST", "campaigns/", BODY | {"send_at": later})
    merchant.send("POST", "campaigns/spring/send/")
    editor = client_with("campaigns.change_campaign", "campaigns.view_campaign")
    change = {"match": "all"}
    refused = editor.send("PATCH", "campaigns/spring/", change, **{"If-Match": "*"})
    assert refused.status_code == 403
    allowed = merchant.send("PATCH", "campaigns/spring/", {"name": "S"}, **{"If-Match": "*"})
    assert (allowed.status_code, allowed.json()["state"]) == (200, "scheduled")


def test_what_was_confirmed_is_what_is_scheduled(merchant, shop):
    """Other recipients, another mail or no time: it waits for somebody to look at it again."""
    soon, later = ((now() + timedelta(days=one)).isoformat() for one in (1, 2))
    merchant.send("POST", "campaigns/", BODY | {"send_at": soon})

    def patched(change):
        answer = merchant.send("PATCH", "campaigns/spring/", change, **{"If-Match": "*"})
        return answer.status_code, answer.json()

    for change in ({"match": "all"}, {"send_at": None}):
        merchant.send("POST", "campaigns/spring/send/")
        for kept in ({"name": f"Before {change}"}, {"send_at": later}):
            assert patched(kept)[1]["state"] == "scheduled"
        status, said = patched({"send_at": "2020-01-01T00:00:00Z"})
        assert (status, said["errors"][0]["path"], said["errors"][0]["code"]) == (
            *(400, "send_at", "out_of_range"),
        )
        status, said = patched(change)
        assert (status, said["state"], said["reason"]) == (200, "draft", "changed_since_scheduled")
        assert [one["code"] for one in said["warnings"]] == ["changed_since_scheduled"]
    # A draft may have a time that is past: it goes out when somebody sends it.
    assert patched({"send_at": "2020-01-01T00:00:00Z"})[0] == 200


def test_a_segment_is_held_from_scheduled_to_paused(
    merchant, shop, make_segment, make_subscriber, put_into, client_with
):
    put_into(make_segment("vip"), make_subscriber("v"))
    deleter = client_with("segments.delete_segment", "campaigns.view_campaign")
    merchant.send("POST", "campaigns/", BODY | {"segments": ["vip"]})
    merchant.send("POST", "campaigns/spring/send/")
    answer = deleter.send("DELETE", "segments/vip/", **{"If-Match": "*"})
    assert (answer.status_code, "Spring" in answer.json()["detail"]) == (409, True)
    send_due()
    assert deleter.send("DELETE", "segments/vip/", **{"If-Match": "*"}).status_code == 204


def test_who_may_do_what(client_with, shop, merchant):
    merchant.send("POST", "campaigns/", BODY)
    nobody, looker = client_with(), client_with("campaigns.view_campaign", "campaigns.view_message")
    for method, path in (
        ("GET", "campaigns/"),
        ("GET", "messages/"),
        ("GET", "suppressions/"),
        ("GET", "mail-senders/"),
        ("POST", "campaigns/spring/send/"),
        ("POST", "mail-templates/w/test/"),
    ):
        assert nobody.send(method, path).status_code == 403, path
    assert looker.send("POST", "campaigns/spring/send/").status_code == 403
    assert "first" not in looker.send("POST", "campaigns/spring/audience/").json()
    merchant.send("POST", "campaigns/spring/send/")
    send_due()
    rows = looker.send("GET", "messages/").json()["results"]
    assert [one["address"] for one in rows] == [None] * 3


def test_senders(merchant, db):
    body = {"from_name": "Shop", "from_email": "news@shop.example", "postal_address": "Town"}
    assert merchant.send("PUT", "mail-senders/default/", body).json()["from_name"] == "Shop"
    again = merchant.send("PUT", "mail-senders/default/", {"from_name": "X"})
    assert again.status_code == 428
    change = partial(merchant.send, "PUT", "mail-senders/default/", if_match="*")
    bad = change(body | {"from_email": "x"})
    assert (bad.status_code, bad.json()["errors"][0]["path"]) == (400, "from_email")
    assert change(body | {"from_name": "A\nBcc: b"}).status_code == 400
    Store.objects.create(code="other", name="Other", website=Website.objects.get())
    bad = change(body | {"store": "other"})
    assert (bad.status_code, bad.json()["errors"][0]["path"]) == (400, "store")
    assert change(body | {"store": "default"}).status_code == 200
    assert merchant.send("GET", "mail-senders/").json()["results"][0]["from_name"] == "Shop"
    assert merchant.send("GET", "mail-senders/x/").status_code == 404


def test_a_sender_is_not_overwritten_unseen_where_its_version_is_said(merchant, db):
    body = {"from_name": "Shop", "from_email": "news@shop.example", "postal_address": "Town"}
    read = merchant.send("GET", "mail-senders/default/")["ETag"]
    version = {"If-Match": read}
    written = merchant.send("PUT", "mail-senders/default/", body, **version)
    assert (written.status_code, written["ETag"] != read) == (200, True)
    late = merchant.send("PUT", "mail-senders/default/", body | {"from_name": "X"}, **version)
    assert late.status_code == 412
    assert merchant.send("GET", "mail-senders/default/").json()["from_name"] == "Shop"


def test_the_default_senders_store_can_get_its_own_sender(merchant, db):
    Store.objects.create(code="other", name="Other", website=Website.objects.get())
    body = {"from_name": "Shop", "from_email": "news@shop.example", "postal_address": "Town"}
    put = partial(merchant.send, "PUT", "mail-senders/default/")
    read = put(body | {"is_default": True})["ETag"]
    # Without the field, it is still the default sender that changes.
    kept = put(body | {"from_name": "All"}, if_match=read)
    assert (kept.json()["is_default"], kept.json()["warnings"]) == (True, [])

    own = put(body | {"from_name": "Own", "is_default": False}, if_match=kept["ETag"])

    assert [one["code"] for one in own.json()["warnings"]] == ["default_moved"]
    listed = merchant.send("GET", "mail-senders/").json()["results"]
    assert [(one["store"], one["from_name"], one["is_default"]) for one in listed] == [
        ("default", "Own", False),
        ("other", "All", True),
    ]
    assert put(body, if_match=kept["ETag"]).status_code == 412


def test_suppressed_addresses_are_not_readable(merchant, db):
    made = merchant.send("POST", "suppressions/", {"address": "Ann@Shop.example"})
    assert (made.status_code, made.json()["reason"]) == (201, "by_hand")
    assert b"hop.example" not in merchant.send("GET", "suppressions/").content
    found = merchant.send("GET", "suppressions/?address=ann@shop.example").json()["results"]
    number = found[0]["id"]
    assert merchant.send("POST", f"suppressions/{number}/lift/", {}).status_code == 400
    lifted = merchant.send("POST", f"suppressions/{number}/lift/", {"reason": "She asked."})
    assert (lifted.status_code, lifted.json()["id"]) == (200, number)
    assert merchant.send("GET", "suppressions/").json()["results"] == []


def test_resolving_what_is_uncertain(merchant, shop):
    merchant.send("POST", "campaigns/", BODY)
    merchant.send("POST", "campaigns/spring/send/")
    key = Message.objects.earliest("pk").pk
    assert merchant.send("POST", f"messages/{key}/resolve/", {"as": "sent"}).status_code == 409
    Message.objects.update(state="uncertain", claimed_at=now())
    answer = merchant.send("POST", f"messages/{key}/resolve/", {"as": "sent"})
    assert (answer.status_code, answer.json()["state"]) == (200, "sent")
    assert merchant.send("POST", f"messages/{key}/resolve/", {"as": "x"}).status_code == 400
    again = merchant.send("POST", f"messages/{key + 1}/resolve/", {"as": "again"})
    assert again.json()["state"] == "scheduled"


def test_coupons_of_a_rule_that_is_not_active_are_not_sent(merchant, shop):
    from price_rules.models import CartPriceRule
    from price_rules.resource import PRICE_RULES

    gives = {"action": "none", "free_shipping": True, "coupon": "generated"}
    PRICE_RULES.create({"code": "free", "name": "Free", **gives}, author=None)
    merchant.send("POST", "campaigns/", BODY | {"coupon_rule": "free"})
    CartPriceRule.objects.update(is_active=False)
    answer = merchant.send("POST", "campaigns/spring/send/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "rule_inactive")


def test_one_that_is_deleted_meanwhile_is_not_there(merchant, shop, monkeypatch):
    def gone(*args, **more):
        raise Campaign.DoesNotExist

    merchant.send("POST", "campaigns/", BODY)
    monkeypatch.setattr("campaigns.api.campaigns.send", gone)
    assert merchant.send("POST", "campaigns/spring/send/").status_code == 404
