"""What a cart costs: the contract's example, each reason, and what the till may send."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from conditions.errors import InvalidTree
from customers.models import CustomerGroup, Website
from customers.tests.rows import a_cart
from price_rules.evaluation import UnknownRules, evaluate
from price_rules.models import CartPriceRule
from price_rules.tests.conftest import items

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CART = {"items": items(("A", 2, "10.00"), ("B", 1, "30.00"))}


def reasons(cart=CART, **asked):
    found = evaluate(cart, **asked)
    return {one.code: "applied" for one in found.applied} | {
        one.code: one.reason.value for one in found.not_applied
    }


def off(found):
    return {line.sku: str(line.discount) for line in found.lines}


def tree(attribute, operator, value):
    condition = {"attribute": attribute, "operator": operator, "value": value}
    return {"match": "all", "conditions": [condition]}


def test_the_example_of_the_contract(make_rule):
    make_rule("r1", priority=1)
    make_rule("r2", priority=2, action="fixed_cart", value=5)
    found = evaluate(CART)

    assert off(found) == {"A": "4.00", "B": "6.00"}
    assert [[str(one.amount) for one in line.rules] for line in found.lines] == [
        ["2.00", "2.00"],
        ["3.00", "3.00"],
    ]
    assert (str(found.discount), str(found.grand_total)) == ("10.00", "40.00")
    assert [line.line for line in found.lines] == [1, 2]


def test_half_a_piece_is_discounted(make_rule):
    rule = make_rule(max_quantity=Decimal("0.5"))
    assert off(evaluate(CART)) == {"A": "0.50", "B": "1.50"}
    # The release before knows whole pieces alone, and what it has changed since counts.
    assert rule.max_quantity == 1
    CartPriceRule.objects.update(max_quantity=2)
    assert off(evaluate(CART)) == {"A": "2.00", "B": "3.00"}


def test_nothing_further_after_a_stop(make_rule):
    make_rule("r1", priority=1, stop_further_rules=True)
    make_rule("r2", priority=2, action="fixed_cart", value=5)
    make_rule("r3", priority=3, is_active=False)
    found = evaluate(CART)

    assert (str(found.discount), str(found.grand_total)) == ("5.00", "45.00")
    assert found.applied[0].stopped
    assert {(one.code, one.reason.value, one.rule) for one in found.not_applied} == {
        ("r2", "stopped", "r1"),
        ("r3", "stopped", "r1"),
    }


def test_a_largest_discount_is_shared(make_rule):
    make_rule("r1", max_discount=4)

    assert off(evaluate(CART)) == {"A": "1.60", "B": "2.40"}


def test_a_rule_that_gives_nothing_stops_nothing(make_rule):
    make_rule("r1", priority=1, action="none", free_shipping=True)
    make_rule("r2", priority=2, action="none", free_shipping=True, stop_further_rules=True)
    make_rule("r3", priority=3)

    assert reasons() == {"r1": "applied", "r2": "nothing_left", "r3": "applied"}


def test_free_shipping(make_rule):
    make_rule("r1", action="none", free_shipping=True)
    found = evaluate(CART | {"shipping_amount": "4.9"})

    assert (found.free_shipping, str(found.shipping_discount)) == (True, "4.90")
    assert str(found.grand_total) == "50.00"


def test_free_shipping_needs_a_line_but_nothing_left_of_it(make_rule):
    make_rule("r1", action="none", free_shipping=True, items=tree("cart_item.sku", "is", "A"))

    assert reasons({"items": items(("A", 1, 0))}) == {"r1": "applied"}
    assert reasons({"items": items(("B", 1, 5))}) == {"r1": "no_lines"}
    assert reasons({}) == {"r1": "no_lines"}


def test_each_reason_comes_in_its_order(make_rule, make_segment, clock):
    make_segment("VIP", code="vip", handling={"is_active": False})
    Website.objects.create(code="other", name="Other")
    CustomerGroup.objects.create(code="trade", name="Trade")
    # Each is refused by its own reason and by all later ones.
    wrong = [
        ("min_subtotal", {"min_subtotal": 60}),
        ("conditions", {"conditions": tree("cart.subtotal", "gt", 60)}),
        ("segment", {"segments": {"operator": "is", "segments": ["vip"]}}),
        ("coupon_other", {"coupon": "generated"}),
        ("coupon_missing", {"coupon": "generated"}),
        ("ended", {"ends_on": date(2026, 4, 9)}),
        ("not_started", {"starts_on": date(2026, 4, 11), "ends_on": None}),
        ("other_group", {"customer_groups": ("trade",)}),
        ("other_website", {"websites": ("other",)}),
        ("inactive", {"is_active": False}),
    ]
    values = {"items": tree("cart_item.sku", "is", "Z")}
    make_rule("no_lines", **values)
    for reason, more in wrong:
        values |= more
        make_rule(reason, **values)

    found = reasons()
    assert found.pop("coupon_other") == "coupon_missing"
    assert all(code == reason for code, reason in found.items())
    assert len(found) == len(wrong)
    assert reasons(CART | {"coupon_code": "x"})["coupon_other"] == "coupon_other"


def test_days_are_those_of_the_website_and_both_included(make_rule):
    Website.objects.filter(code="default").update(timezone="Pacific/Auckland")
    make_rule("r1", starts_on=date(2026, 4, 11), ends_on=date(2026, 4, 11))

    def at(hour, day):
        return reasons(as_of=datetime(2026, 4, day, hour, tzinfo=UTC))["r1"]

    assert [at(11, 10), at(12, 10), at(11, 11), at(12, 11)] == [
        "not_started",
        "applied",
        "applied",
        "ended",
    ]


def test_groups_are_the_customers_and_an_anonymous_shopper_is_in_none(make_rule, make_customer):
    make_rule("r1", customer_groups=("general",))

    assert reasons(customer=make_customer()) == {"r1": "applied"}
    assert reasons() == {"r1": "other_group"}


def test_codes_that_are_gone_leave_nobody(make_rule):
    website = Website.objects.create(code="other", name="Other")
    make_rule("r1", websites=("other",))
    website.delete()

    assert reasons() == {"r1": "other_website"}


def test_conditions_see_the_given_cart_instead_of_the_stored_ones(make_rule, make_customer):
    customer = make_customer()
    stored = a_cart(customer)
    stored.coupon_code = "STORED"
    stored.save()
    make_rule("given", conditions=tree("cart.subtotal", "is", 50))
    make_rule("stored", conditions=tree("cart.coupon_code", "is", "STORED"))

    for who in (customer, None):
        assert reasons(customer=who) == {"given": "applied", "stored": "conditions"}


def test_a_stored_tree_that_is_no_longer_valid_is_no_error_at_the_till(make_rule):
    for code, name in (("r1", "conditions"), ("r2", "items")):
        rule = make_rule(code)
        setattr(rule, name, tree("gone.attribute", "is", "x"))
        rule.save()
    found = evaluate(CART)

    assert reasons() == {"r1": "conditions", "r2": "no_lines"}
    assert all("gone.attribute" in str(one.detail) for one in found.not_applied)


def test_lines_are_the_top_ones_with_pieces(make_rule):
    make_rule()
    found = evaluate(
        {
            "items": [
                {"sku": "BUNDLE", "line": "b", "quantity": 1, "row_total": "9.995"},
                {"sku": "PART", "parent_line": "b", "quantity": 1, "row_total": 5},
                {"sku": "GONE", "quantity": 0, "price": 5},
                {"sku": "BACK", "quantity": -1, "price": 5},
                {"sku": "FREE", "line": 7, "quantity": 1},
            ]
        }
    )

    assert [(line.line, line.sku, str(line.row_total)) for line in found.lines] == [
        ("b", "BUNDLE", "10.00"),
        (7, "FREE", "0.00"),
    ]
    assert str(found.discount) == "1.00"


def test_a_row_total_is_rounded_once():
    found = evaluate({"items": items(("A", "0.3333", "0.0150"))})

    # 0.00499950 is 0.0050 with 4 decimals, which would be 0.01.
    assert str(found.subtotal) == "0.00"


@pytest.mark.parametrize(
    ("cart", "path"),
    [
        ({"items": items(("A", 1, -1))}, "cart.items[0].price"),
        ({"items": [{"sku": "A", "quantity": 1, "row_total": -1}]}, "cart.items[0].row_total"),
        ({"items": items(("A", "999999999", "999999999"))}, "cart.items[0].price"),
        ({"shipping_amount": -1}, "cart.shipping_amount"),
        ({"shipping_amount": "1,000"}, "cart.shipping_amount"),
        ({"shipping_amount": "1e99999"}, "cart.shipping_amount"),
        ({"items": [1]}, "cart.items[0].sku"),
        ({"colour": "red"}, "cart.colour"),
    ],
)
@pytest.mark.once
def test_a_cart_that_is_not_right_is_refused_with_its_place(cart, path):
    with pytest.raises(InvalidTree) as refused:
        evaluate(cart)
    assert path in [problem.path for problem in refused.value.problems]


def test_only_the_rules_that_are_asked_for(make_rule):
    make_rule("r1")
    make_rule("r2", is_active=False)

    assert reasons(rules=["r2"]) == {"r2": "inactive"}
    with pytest.raises(UnknownRules, match="r3"):
        evaluate(CART, rules=["r1", "r3"])


def test_the_label_is_in_the_shoppers_language(make_rule, settings):
    from django.utils.translation import override

    make_rule("r1", label={"de": "Rabatt", "en": "Discount"})
    with override("de"):
        assert evaluate(CART).applied[0].label == "Rabatt"
    with override("fr"):
        assert evaluate(CART).applied[0].label == "Discount"


def test_prices_without_decimals(make_rule, settings):
    settings.PRICE_DECIMALS = 0
    make_rule("r1", value=Decimal("12.5"))
    found = evaluate({"items": items(("A", 1, 100))})

    assert (str(found.discount), str(found.grand_total)) == ("13", "87")


def test_questions_to_the_database_do_not_grow_with_rules(
    make_rule, make_segment, make_customer, django_assert_max_num_queries
):
    customer = make_customer()
    for number in range(12):
        make_segment(f"S{number}", [], code=f"s{number}")
        make_rule(
            f"r{number}",
            segments={"operator": "is", "segments": [f"s{number}"]},
            conditions=tree("cart.subtotal", "gt", number),
            items=tree("cart_item.sku", "is_not", f"X{number}"),
        )
    with django_assert_max_num_queries(10) as few:
        evaluate(CART, customer=customer, rules=["r0"])
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert len(evaluate(CART, customer=customer).applied) == 12


def detail():
    (refused,) = evaluate(CART).not_applied
    return refused.code, refused.reason.value, str(refused.detail)


def test_it_is_said_what_is_missing_of_pieces_that_would_be_free(make_rule):
    make_rule("r1", action="buy_x_get_y", value=None, buy=2, get=1)
    asked = evaluate({"items": items(("A", 1, 10), ("B", 2, 10))})
    (refused,) = asked.not_applied
    assert refused.reason == "nothing_left"
    assert str(refused.detail) == "The customer has to buy 1 more piece of the same line."


def test_it_is_said_that_an_earlier_rule_took_everything(make_rule):
    make_rule("r1", priority=1, value=100)
    make_rule("r2", priority=2)
    said = "Earlier rules have already taken the whole price."
    assert detail() == ("r2", "nothing_left", said)


@pytest.mark.parametrize("code", [" SAVE10 ", "save10\u00a0", "\tSave10\n"])
def test_blanks_around_a_code_come_from_where_it_was_copied(make_rule, code):
    make_rule("r1", coupon="specific", coupon_code="SAVE10")
    found = evaluate(CART | {"coupon_code": code})
    assert (found.coupon.code, found.coupon.status) == (code, "applied")
    assert reasons(CART | {"coupon_code": "\u00a0"}) == {"r1": "coupon_missing"}
