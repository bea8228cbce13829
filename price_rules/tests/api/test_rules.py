"""Rules by the API: written, refused with their place, versions, audit."""

import pytest

from core.clock import now
from customers.models import Website
from customers.tests.rows import a_customer, an_order
from price_rules.models import CartPriceRule, Coupon
from price_rules.resource import PRICE_RULES
from segments.editing.deletion import delete_segments

pytestmark = pytest.mark.django_db
TEN = {"code": "ten", "name": "Ten", "action": "percent", "value": "10"}


def refused(client, body, method="POST", path="cart-price-rules/", **headers):
    answer = client.send(method, path, body, **headers)
    assert answer.status_code == 400, answer.content
    return {(one["path"], one["code"]) for one in answer.json()["errors"]}


def warned(client, body):
    answer = client.send("POST", "cart-price-rules/", body)
    assert answer.status_code == 201, answer.content
    return {(one["path"], one["code"]) for one in answer.json()["warnings"]}


def tree(*conditions):
    return {"match": "all", "conditions": list(conditions)}


def test_a_rule_says_what_the_contract_names(till):
    made = till.send("POST", "cart-price-rules/", TEN)
    assert made.status_code == 201
    body = made.json()
    assert body.pop("warnings") == []
    assert body == TEN | {
        "label": {},
        "description": "",
        "is_active": True,
        "websites": [],
        "customer_groups": [],
        "starts_on": None,
        "ends_on": None,
        "priority": 0,
        "stop_further_rules": False,
        "segments": None,
        "conditions": None,
        "items": None,
        "coupon": "none",
        "coupon_code": "",
        "uses_total": 0,
        "uses_per_customer": 0,
        "max_quantity": 0,
        "buy": None,
        "get": None,
        "min_subtotal": None,
        "max_discount": None,
        "free_shipping": False,
        "version": 1,
    }


def test_pieces_may_have_parts(till):
    half = TEN | {"max_quantity": "0.5"}
    made = till.send("POST", "cart-price-rules/", half)
    assert (made.status_code, made.json()["max_quantity"]) == (201, "0.5")
    path = "cart-price-rules/ten/"
    whole = till.send("PATCH", path, {"max_quantity": "2.0"}, if_match=made["ETag"])
    assert whole.json()["max_quantity"] == 2
    restored = till.send("POST", f"{path}versions/1/restore/", if_match=whole["ETag"])
    assert restored.json()["max_quantity"] == "0.5"
    for wrong in (-1, "0.00001", 2**31):
        assert (
            till.send("POST", "cart-price-rules/", TEN | {"max_quantity": wrong}).status_code == 400
        )


@pytest.mark.parametrize(
    ("more", "problems"),
    [
        ({"value": None}, {("value", "required")}),
        ({"value": 0}, {("value", "out_of_range")}),
        ({"value": -1}, {("value", "out_of_range")}),
        ({"value": 101}, {("value", "out_of_range")}),
        ({"value": "1,000"}, {("value", "not_a_number")}),
        ({"value": "1.23456"}, {("value", "not_a_number")}),
        ({"action": "fixed_cart", "value": 1e10}, {("value", "out_of_range")}),
        ({"action": "fixed_cart", "max_quantity": 1}, {("max_quantity", "not_used")}),
        ({"buy": 2}, {("buy", "not_used")}),
        (
            {"action": "buy_x_get_y"},
            {("value", "not_used"), ("buy", "required"), ("get", "required")},
        ),
        (
            {"action": "buy_x_get_y", "value": None, "buy": 0, "get": 1},
            {("buy", "required")},
        ),
        ({"action": "none"}, {("value", "not_used")}),
        ({"action": "gift"}, {("action", "invalid_choice")}),
        ({"uses_total": 1}, {("uses_total", "uses_need_coupon")}),
        ({"uses_per_customer": 1}, {("uses_per_customer", "uses_need_coupon")}),
        ({"coupon": "specific"}, {("coupon_code", "required")}),
        ({"coupon_code": "X"}, {("coupon_code", "not_used")}),
        ({"coupon": "specific", "coupon_code": "\u200b"}, {("coupon_code", "blank")}),
        ({"starts_on": "2026-02-30"}, {("starts_on", "invalid")}),
        ({"starts_on": "2026-05-02", "ends_on": "2026-05-01"}, {("ends_on", "out_of_range")}),
        ({"websites": ["default", "gone"]}, {("websites[1]", "unknown_choice")}),
        ({"customer_groups": ["gone"]}, {("customer_groups[0]", "unknown_choice")}),
        ({"label": {"xx": "Rabatt"}}, {("label.xx", "unknown_choice")}),
        ({"name": "  "}, {("name", "blank")}),
        (
            {"segments": {"operator": "has", "segments": ["gone"]}},
            {("segments.operator", "unknown_choice"), ("segments.segments[0]", "unknown_segment")},
        ),
        ({"segments": {"operator": "is", "segments": []}}, {("segments.segments", "required")}),
        (
            {"items": tree({"attribute": "customer.email", "operator": "is", "value": "x"})},
            {("items.conditions[0].attribute", "wrong_relation")},
        ),
        (
            {"conditions": tree({"attribute": "cart.colour", "operator": "is", "value": "x"})},
            {("conditions.conditions[0].attribute", "unknown_attribute")},
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(till, more, problems):
    assert refused(till, TEN | more) == problems
    assert not CartPriceRule.objects.exists()


def test_coupon_codes_are_taken_once(till):
    till.send("POST", "cart-price-rules/", TEN | {"coupon": "specific", "coupon_code": "Save"})
    other = TEN | {"code": "other", "coupon": "specific", "coupon_code": "SAVE"}
    assert refused(till, other) == {("coupon_code", "unique")}
    tag = till.send("GET", "cart-price-rules/ten/")["ETag"]
    path = "cart-price-rules/ten/"
    # Upper and lower case are one code.
    again = till.send("PATCH", path, {"coupon_code": "SAVE"}, if_match=tag)
    assert again.json()["coupon_code"] == "SAVE"


def test_rule_with_a_live_reservation_is_not_deleted(till, clock):
    till.send("POST", "cart-price-rules/", TEN | {"coupon": "specific", "coupon_code": "Save"})
    for order in ("O1", "O2"):
        till.send("POST", "coupons/save/redeem/", {"order": order})
    an_order(None, "O2", coupon_code="Save")
    path = "cart-price-rules/ten/"
    response = till.send("DELETE", path, if_match=till.send("GET", path)["ETag"])
    assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "in_use")
    assert response.json()["used_by"] == ["reservation for order O1"]
    # The use of an order that has arrived keeps no rule, nor does a reservation that has ended.
    clock.advance(minutes=60)
    response = till.send("DELETE", path, if_match=till.send("GET", path)["ETag"])
    assert response.status_code == 204


def test_a_segment_that_is_gone_is_a_warning_where_it_was_there(till, make_segment):
    segment = make_segment("VIP", code="vip")
    body = TEN | {"segments": {"operator": "is", "segments": ["vip"]}}
    tag = till.send("POST", "cart-price-rules/", body)["ETag"]
    delete_segments([segment], author=None)

    saved = till.send("PATCH", "cart-price-rules/ten/", {"value": 5}, if_match=tag).json()
    assert [(one["path"], one["code"]) for one in saved["warnings"]] == [
        ("segments.segments[0]", "unknown_segment")
    ]


def test_a_website_that_is_gone_is_a_warning_where_it_was_there(till):
    website = Website.objects.create(code="other", name="Other")
    tag = till.send("POST", "cart-price-rules/", TEN | {"websites": ["other"]})["ETag"]
    website.delete()

    saved = till.send("PATCH", "cart-price-rules/ten/", {"value": 5}, if_match=tag).json()
    assert [(one["path"], one["code"]) for one in saved["warnings"]] == [
        ("websites[0]", "unknown_choice")
    ]


def test_prices_that_differ_by_who_somebody_is_are_warned_of(till, make_segment):
    women = {"attribute": "customer.gender", "operator": "is", "value": "female"}
    french = {"attribute": "address.country", "operator": "is", "value": "FR"}
    make_segment("Women", [women], code="women")
    make_segment(
        "Behind", [{"attribute": "segment", "operator": "is", "value": "women"}], code="behind"
    )
    make_segment("All", code="all")
    codes = ["all", "behind", "women"]
    body = TEN | {
        "segments": {"operator": "is_one_of", "segments": codes},
        "conditions": tree({"match": "any", "conditions": [french]}),
    }
    assert warned(till, body) == {
        ("segments.segments[1]", "protected_attribute"),
        ("segments.segments[2]", "protected_attribute"),
        ("conditions.conditions[0].conditions[0].attribute", "protected_attribute"),
    }


def test_other_warnings(till, make_segment):
    make_segment("Old", code="old", handling={"is_active": False})
    body = TEN | {"action": "none", "value": None}
    assert warned(till, body) == {("free_shipping", "gives_nothing")}
    body = TEN | {"code": "b", "segments": {"operator": "is", "segments": ["old"]}}
    assert warned(till, body) == {("segments.segments[0]", "inactive_segment")}


def test_a_change_of_what_mailed_codes_give_is_said(make_rule):
    """Otherwise those who were promised ten per cent find another price, and nobody knew."""
    rule = make_rule("ten", coupon="generated")
    for number in range(2):
        code, customer = f"CODE{number}", a_customer(str(number))
        Coupon.objects.create(rule=rule, code=code, customer=customer, created_at=now())
    for change, codes in (
        ({"name": "Another"}, []),
        ({"value": "50"}, ["codes_issued"]),
        ({"is_active": False}, ["codes_issued"]),
        ({"is_active": False}, []),
    ):
        saved = PRICE_RULES.change(rule, change, author=None)
        assert [one.code for one in saved.warnings] == codes
        rule.refresh_from_db()


def test_a_segment_names_its_rules_and_is_not_held(client_with, make_segment, make_rule):
    segment = make_segment("VIP", code="vip")
    in_tree = {"attribute": "segment", "operator": "is", "value": "vip"}
    make_rule("a", segments={"operator": "is", "segments": ["vip"]})
    make_rule("b", conditions=tree(in_tree))
    make_rule("c")
    from segments.rules.users import uses_of

    (uses,) = uses_of(segment, None)
    assert [use.code for use in uses.rows] == ["a", "b"]
    delete_segments([segment], author=None)


def test_the_list(till):
    for number in range(3):
        body = TEN | {"code": f"r{number}", "name": f"Rule {number}", "is_active": number < 2}
        till.send("POST", "cart-price-rules/", body)

    def codes(query=""):
        found = till.send("GET", f"cart-price-rules/{query}").json()["results"]
        return [one["code"] for one in found]

    assert codes() == ["r0", "r1", "r2"]
    assert codes("?is_active=false") == ["r2"]
    assert codes("?search=RULE 1") == ["r1"]
    assert codes("?limit=2") == ["r0", "r1"]
    assert till.send("GET", "cart-price-rules/?colour=red").status_code == 400


PERMISSIONS = {
    ("POST", "cart-price-rules/ten/coupons/"): "generate_coupons",
    ("GET", "cart-price-rules/ten/coupons/1/"): "generate_coupons",
    ("POST", "cart-price-rules/evaluate/"): "evaluate",
    ("POST", "cart-price-rules/satisfies/"): "evaluate",
    ("GET", "coupons/"): "view_coupon",
    ("GET", "coupons.csv"): "view_coupon",
    ("POST", "coupons/X/redeem/"): "redeem_coupon",
    ("DELETE", "coupons/X/redeem/O1/"): "redeem_coupon",
}


@pytest.mark.parametrize(("method", "path"), list(PERMISSIONS))
def test_each_call_needs_its_permission(client_with, client, method, path):
    needed = PERMISSIONS[method, path]
    others = {one for one in PERMISSIONS.values() if one != needed}
    without = client_with(*(f"price_rules.{one}" for one in others))
    assert without.send(method, path, {}).status_code == 403
    allowed = client_with(f"price_rules.{needed}").send(method, path, {})
    assert allowed.status_code not in {401, 403}
    assert client.generic(method, f"/api/v1/{path}").status_code == 401
