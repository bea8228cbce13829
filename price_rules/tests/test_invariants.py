"""Whatever the rules and the cart: the same as the slow oracle says, and nothing below zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from price_rules.evaluation import evaluate
from price_rules.models import CartPriceRule
from price_rules.tests import oracle
from tests.tiers import examples

pytestmark = pytest.mark.django_db
FEW = settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

amounts = st.decimals("0.0001", "300", places=4)
prices = st.one_of(st.decimals(0, 200, places=2), st.decimals(0, 3, places=4))
quantities = st.one_of(st.integers(1, 12).map(Decimal), st.decimals("0.0001", 9, places=4))
carts = st.lists(st.tuples(st.sampled_from("ABC"), quantities, prices), max_size=6)


@st.composite
def rules(draw, count=4):
    found = []
    for number in range(draw(st.integers(0, count))):
        action = draw(
            st.sampled_from(["percent", "fixed_each", "fixed_cart", "buy_x_get_y", "none"])
        )
        rule = {
            "code": f"r{number}",
            "priority": draw(st.integers(0, 1)),
            "action": action,
            "stop_further_rules": draw(st.booleans()),
            "free_shipping": draw(st.booleans()),
            "min_subtotal": draw(st.none() | st.decimals(0, 100, places=2)),
            "sku": draw(st.none() | st.sampled_from("AB")),
        }
        if action == "percent":
            rule["value"] = draw(st.decimals("0.0001", 100, places=4))
        elif action in {"fixed_each", "fixed_cart"}:
            rule["value"] = draw(amounts)
        elif action == "buy_x_get_y":
            rule |= {"buy": draw(st.integers(1, 3)), "get": draw(st.integers(1, 3))}
        if action in {"percent", "fixed_each"}:
            rule["max_quantity"] = draw(st.integers(0, 3) | st.decimals("0.0001", 3, places=4))
        if action != "none":
            rule["max_discount"] = draw(st.none() | st.decimals(0, 40, places=4))
        found.append(rule)
    return found


def stored(rules):
    CartPriceRule.objects.all().delete()
    for rule in rules:
        values = {key: value for key, value in rule.items() if key not in {"sku", "max_quantity"}}
        if rule["sku"]:
            condition = {"attribute": "cart_item.sku", "operator": "is", "value": rule["sku"]}
            values["items"] = {"match": "all", "conditions": [condition]}
        row = CartPriceRule(name=rule["code"], **values)
        row.most_pieces = rule.get("max_quantity", 0)
        row.save()


def cart_of(lines, **columns):
    return columns | {
        "items": [
            {"sku": sku, "quantity": str(quantity), "price": str(price)}
            for sku, quantity, price in lines
        ]
    }


@FEW
@given(rules(), carts)
def test_the_same_as_the_oracle_says(rules, lines):
    stored(rules)
    found = evaluate(cart_of(lines, shipping_amount="4.90"))
    wanted, became, ships = oracle.evaluate(rules, lines)

    assert [Fraction(line.discount) for line in found.lines] == wanted
    assert {one.code: one.amount for one in found.applied} | {
        one.code: one.reason.value for one in found.not_applied
    } == became
    assert found.free_shipping == ships


@FEW
@given(rules(), carts, st.randoms(use_true_random=False))
def test_sums_add_up_and_nothing_is_below_zero(rules, lines, random):
    stored(rules)
    found = evaluate(cart_of(lines, shipping_amount="4.90"))

    for line in found.lines:
        assert 0 <= line.discount <= line.row_total
        assert line.discount == sum(one.amount for one in line.rules)
        assert all(one.amount > 0 for one in line.rules)
    for rule in found.applied:
        assert rule.amount == sum(
            one.amount for line in found.lines for one in line.rules if one.code == rule.code
        )
    assert found.subtotal == sum(line.row_total for line in found.lines)
    assert found.discount == sum(line.discount for line in found.lines)
    assert found.grand_total >= 0
    assert found.grand_total == (
        found.subtotal - found.discount + Decimal("4.90") - found.shipping_discount
    )
    codes = [one.code for one in (*found.applied, *found.not_applied)]
    assert sorted(codes) == sorted(rule["code"] for rule in rules)

    random.shuffle(lines)
    again = evaluate(cart_of(lines, shipping_amount="4.90"))
    assert [(one.code, one.amount) for one in again.applied] == [
        (one.code, one.amount) for one in found.applied
    ]
    assert (again.discount, again.grand_total) == (found.discount, found.grand_total)
