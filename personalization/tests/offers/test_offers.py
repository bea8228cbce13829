"""Offers written by the API: what one may say, and what nobody may."""

import pytest

from core.resources.resource import InUse
from customers.models import AuditEntry, UserWebsite, Website
from personalization.models import Offer
from personalization.offers.resource import OFFERS as RESOURCE
from personalization.tests.offers.conftest import OFFERS, TEN, codes, faults
from segments.editing.priority_lists import PRIORITY_LISTS

pytestmark = pytest.mark.django_db
WOMEN = {
    "match": "all",
    "conditions": [{"attribute": "customer.gender", "operator": "is", "value": "female"}],
}


def tree(*conditions):
    return {"match": "all", "conditions": list(conditions)}


def of_segment(*codes):
    return tree({"attribute": "segment", "operator": "is_one_of", "value": list(codes)})


def test_an_offer_is_shown_as_it_was_written(shop, make_segment):
    make_segment("VIP", code="vip")
    vip = {"operator": "is", "segments": ["vip"]}
    body = TEN | {"code": "ten", "audience": vip, "budget": 100.5, "min_margin": "0.2"}
    made = shop.send("POST", OFFERS, body)
    assert made.status_code == 201, made.content
    assert made["Location"] == "/api/v1/personalization/offers/ten/"
    assert made.json() == {
        "code": "ten", "kind": "percent", "value": "10", "audience": vip, "priority": 0,
        "starts_at": None, "ends_at": None, "budget": "100.5", "max_per_customer": None,
        "min_margin": "0.2", "legal_basis": TEN["legal_basis"], "is_active": True, "version": 1,
        "categories": [], "products": [], "brands": [],
        "warnings": [],
    }  # fmt: skip
    read = shop.send("GET", f"{OFFERS}ten")
    assert (read["ETag"], read.json()["version"]) == ('"1"', 1)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"legal_basis": "  "}, ("legal_basis", "blank")),
        ({"value": "30.0001"}, ("value", "above_cap")),
        ({"value": 100}, ("value", "above_cap")),
        ({"value": 0}, ("value", "out_of_range")),
        ({"value": -1}, ("value", "out_of_range")),
        ({"value": None}, ("value", "required")),
        ({"kind": "fixed", "value": None}, ("value", "required")),
        ({"kind": "fixed", "value": 1_000_000_001}, ("value", "out_of_range")),
        ({"kind": "points", "value": "1.5"}, ("value", "invalid")),
        ({"kind": "free_shipping"}, ("value", "not_used")),
        ({"kind": "price"}, ("kind", "invalid_choice")),
        ({"budget": -1}, ("budget", "out_of_range")),
        ({"max_per_customer": 0}, ("max_per_customer", "min_value")),
        ({"min_margin": "1.1"}, ("min_margin", "out_of_range")),
        ({"starts_at": "9999-01-01T00:00:00Z"}, ("starts_at", "out_of_range")),
        ({"starts_at": "0001-01-01T00:00:00Z"}, ("starts_at", "out_of_range")),
        (
            {"starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-02T00:00:00Z"},
            ("ends_at", "out_of_range"),
        ),
        (
            {"audience": {"operator": "is", "segments": ["nobody"]}},
            ("audience.segments[0]", "unknown_segment"),
        ),
    ],
)
def test_what_an_offer_may_not_say(shop, values, found):
    assert faults(shop.send("POST", OFFERS, TEN | {"code": "x"} | values)) == [found]
    assert not Offer.objects.exists()


@pytest.mark.parametrize("number", ["1e99999", "-1e99999", "NaN", '"1e99999"', "1.00001", "[]"])
@pytest.mark.parametrize("field", ["value", "budget", "min_margin"])
def test_no_number_is_too_odd_to_be_refused(shop, field, number):
    body = f'{{"code": "x", "kind": "fixed", "legal_basis": "law", "{field}": {number}}}'
    assert shop.send("POST", OFFERS, body).status_code == 400


def test_the_largest_percentage_is_the_shops(shop, settings):
    settings.OFFER_MAX_PERCENT = 5
    assert faults(shop.send("POST", OFFERS, TEN | {"code": "ten"})) == [("value", "above_cap")]
    assert shop.send("POST", OFFERS, TEN | {"code": "five", "value": 5}).status_code == 201


@pytest.mark.parametrize("kind", ["free_shipping", "early_access", "experience_reward"])
def test_kinds_without_a_value(shop, kind):
    body = TEN | {"code": "x", "kind": kind, "value": None}
    assert shop.send("POST", OFFERS, body).json()["value"] is None


def test_a_value_of_nothing_is_none(shop):
    body = TEN | {"code": "x", "kind": "free_shipping", "value": 0}
    assert shop.send("POST", OFFERS, body).json()["value"] is None


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        (WOMEN["conditions"][0], "attribute"),
        (
            {"attribute": "customer.date_of_birth", "operator": "anniversary_in_next_days",
             "value": 7},
            "attribute",
        ),
        ({"attribute": "customer.days_until_birthday", "operator": "lt", "value": 7}, "attribute"),
        (
            {"relation": "addresses", "aggregate": "exists", "match": "all", "conditions": [
                {"attribute": "address.country", "operator": "is", "value": "FR"}]},
            "conditions[0].attribute",
        ),
        (
            {"relation": "orders", "aggregate": "exists", "last": {"rows": 1, "conditions": [
                {"attribute": "order.billing_city", "operator": "is", "value": "Ulm"}]}},
            "last.conditions[0].attribute",
        ),
    ],
)  # fmt: skip
def test_no_offer_is_by_what_is_protected(shop, condition, path):
    audience = tree({"attribute": "customer.kind", "operator": "is", "value": "guest"}, condition)
    answer = shop.send("POST", OFFERS, TEN | {"code": "x", "audience": audience})
    assert faults(answer) == [(f"audience.conditions[1].{path}", "protected_attribute")]


def test_nor_by_a_segment_that_asks_for_it_at_any_depth(shop, make_segment):
    make_segment("Women", conditions=WOMEN["conditions"], code="women")
    make_segment("Behind", conditions=of_segment("women")["conditions"], code="behind")
    make_segment("Fine", code="fine")
    question = {"operator": "is_not_one_of", "segments": ["fine", "behind"]}
    body = TEN | {"code": "x", "audience": question}
    assert faults(shop.send("POST", OFFERS, body)) == [
        ("audience.segments[1]", "protected_attribute")
    ]
    body |= {"audience": of_segment("fine", "behind")}
    assert faults(shop.send("POST", OFFERS, body)) == [
        ("audience.conditions[0].value[1]", "protected_attribute")
    ]


def test_nor_by_the_shops_own_protected_attributes(shop, settings, make_attribute):
    make_attribute("religion")
    asks = {"attribute": "customer.attributes.religion", "operator": "is", "value": "none"}
    body = TEN | {"code": "x", "audience": tree(asks)}
    assert shop.send("POST", OFFERS, body).status_code == 201
    settings.PROTECTED_ATTRIBUTES = ["religion"]
    assert faults(shop.send("POST", OFFERS, body | {"code": "y"})) == [
        ("audience.conditions[0].attribute", "protected_attribute")
    ]


def test_a_segment_that_is_changed_so_later_stops_its_offers(
    shop, client_with, make_segment, make_offer, make_customer, join
):
    fine = make_segment("Fine", code="fine")
    make_segment("Behind", conditions=of_segment("fine")["conditions"], code="behind")
    join(fine, make_customer("C1"))
    make_offer("a", audience={"operator": "is", "segments": ["behind"]})
    make_offer("b", audience=of_segment("fine"))
    make_offer("c")
    editor = client_with("segments.view_segment", "segments.change_segment")
    answer = editor.send("PATCH", "segments/fine/", {"conditions": WOMEN}, **{"If-Match": "*"})
    assert answer.status_code == 200, answer.content
    (told,) = [one for one in answer.json()["warnings"] if one["code"] == "offers_stopped"]
    # Who may not see offers is told how many.
    assert "2 offers are inactive now." in told["message"]
    assert told["message"].endswith("now.")
    states = {one.code: (one.is_active, one.version) for one in Offer.objects.all()}
    assert states == {"a": (False, 2), "b": (False, 2), "c": (True, 1)}
    assert codes(shop) == ["c"]
    deeds = AuditEntry.objects.filter(subject="personalization.offer", action="changed")
    assert {one.name for one in deeds} == {"a", "b"}
    assert {one.username for one in deeds} == {editor.user.username}
    assert all(one.after == {"is_active": False, "protected": ["fine"]} for one in deeds)
    again = shop.send("PATCH", f"{OFFERS}a/", {"is_active": True}, **{"If-Match": '"2"'})
    assert faults(again) == [("audience.segments[0]", "protected_attribute")]


def test_a_limited_editor_reads_no_codes_of_stopped_offers(client_with, make_segment, make_offer):
    website = Website.objects.create(code="own", name="Own")
    make_segment("Fine", code="fine").websites.add(website)
    make_offer("a", audience=of_segment("fine"))
    rights = ("segments.view_segment", "segments.change_segment", "personalization.view_offer")
    editor = client_with(*rights)
    UserWebsite.objects.create(user=editor.user, website=website)
    answer = editor.send("PATCH", "segments/fine/", {"conditions": WOMEN}, **{"If-Match": "*"})
    (warning,) = [one for one in answer.json()["warnings"] if one["code"] == "offers_stopped"]
    assert warning["message"].endswith("1 offer is inactive now.")


def test_a_setting_that_protects_more_later_stops_offers_too(
    shop, settings, make_attribute, make_offer, make_customer
):
    make_attribute("religion")
    make_customer("C1")
    asks = {"attribute": "customer.attributes.religion", "operator": "is_not", "value": "none"}
    make_offer("a", audience=tree(asks))
    make_offer("b")
    assert "a" in codes(shop)
    settings.PROTECTED_ATTRIBUTES = ["religion"]
    assert codes(shop) == ["b"]


def test_a_priority_list_that_an_audience_asks_for_is_kept(shop, make_segment):
    make_segment("VIP", code="vip")
    document = {"code": "firsts", "name": "Firsts", "segments": ["vip"]}
    row = PRIORITY_LISTS.create(document, author=None).row
    asks = {"attribute": "priority_list.firsts", "operator": "is", "value": "vip"}
    audience = {"match": "all", "conditions": [asks]}
    written = {"kind": "free_shipping", "legal_basis": "law", "audience": audience}
    RESOURCE.create({"code": "ship", **written}, author=None)
    assert PRIORITY_LISTS.users(row) == ["ship"]
    with pytest.raises(InUse):
        PRIORITY_LISTS.delete([row], author=None)
