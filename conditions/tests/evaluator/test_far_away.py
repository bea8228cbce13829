"""Numbers and clocks that overflow are refused with their place, not with an error of Python's."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from conditions.errors import InvalidTree
from conditions.evaluator.given_cart import given_cart
from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from core.text.json_documents import read_document
from customers.tests.rows import a_customer

HUGE = ["1e99999999999", "-1e99999999999", f"1e{'9' * 60}", f"1E+{'9' * 60}", "9" * 400]
TINY = ["1e-99999999999", f"-1e-{'9' * 60}", f"1.{'0' * 40}1"]
HOURS = {"attribute": "order.created_at", "operator": "in_last_hours", "value": 87_600}
DAYS = {"attribute": "order.created_at", "operator": "in_next_days", "value": 36_500}
YEAR = {"attribute": "order.created_at", "operator": "in_period", "value": "last_year"}
TREE = {"match": "any", "conditions": [HOURS, DAYS, YEAR]}


def found(node):
    """Return the path and the code of what is wrong in a tree with the JSON `node`."""
    with pytest.raises(InvalidTree) as caught:
        parse_tree(f'{{"match": "all", "conditions": [{node}]}}')
    return [(problem.path, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("number", "code"),
    [*((one, "out_of_range") for one in HUGE), *((one, "too_many_decimals") for one in TINY)],
)
def test_a_number_of_any_exponent_is_refused_where_it_stands(number, code):
    amount = '{"attribute": "lifetime.sales", "operator": %s, "value": %s}'
    assert found(amount % ('"gte"', number)) == [("conditions[0].value", code)]
    assert found(amount % ('"between"', f"[0, {number}]")) == [("conditions[0].value", code)]
    side = f'{{"attribute": "lifetime.refunds", "times": {number}}}'
    assert found(amount % ('"gte"', side)) == [("conditions[0].value.times", code)]
    days = '{"attribute": "order.created_at", "operator": "in_last_days", "value": %s}'
    assert found(days % number) == [("conditions[0].value", code)]
    count = '{"relation": "orders", "aggregate": "count", "operator": "gte", "value": %s}'
    assert found(count % number) == [("conditions[0].value", code)]


@pytest.mark.parametrize("number", [f"0e{'9' * 60}", "0E-99999999999", f"0.{'0' * 400}"])
def test_nothing_is_nothing_whatever_its_exponent(number):
    node = f'{{"attribute": "lifetime.sales", "operator": "gte", "value": {number}}}'
    tree = parse_tree(f'{{"match": "all", "conditions": [{node}]}}')
    assert tree.json["conditions"][0]["value"] == "0"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "as_of",
    [
        datetime.min.replace(tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime(5, 1, 1, tzinfo=UTC),
        datetime(100, 12, 31, 23, 59, tzinfo=UTC),
        datetime(9900, 1, 1, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    ],
    ids=str,
)
@pytest.mark.once
def test_a_clock_near_the_calendars_ends_is_refused(as_of):
    customer = a_customer("ann")
    with pytest.raises(ValueError, match="as_of"):
        matching_customers(TREE, as_of=as_of)
    with pytest.raises(ValueError, match="as_of"):
        explain(TREE, customer, as_of=as_of)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "as_of",
    [
        datetime(101, 1, 1, tzinfo=UTC),
        datetime(100, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=14))),
        datetime(9899, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(9900, 1, 1, tzinfo=timezone(timedelta(hours=14))),
    ],
    ids=str,
)
def test_up_to_there_everything_can_be_asked(as_of):
    customer = a_customer("ann")
    for _ in range(2):
        assert not matching_customers(TREE, as_of=as_of).exists()
        assert not explain(TREE, customer, as_of=as_of).holds


@pytest.mark.django_db
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_cart_may_be_as_old_or_as_new_as_it_says(at):
    cart = given_cart({"created_at": at, "items": []}, as_of=datetime(2026, 4, 10, tzinfo=UTC))
    tree = {"match": "all", "conditions": [
        {"attribute": "cart.created_at", "operator": "is", "value": at[:10]}]}  # fmt: skip
    as_of = datetime(2026, 4, 10, tzinfo=UTC)
    assert explain(tree, a_customer("ann"), as_of=as_of, cart=cart).holds


@pytest.mark.django_db
@pytest.mark.parametrize("number", [*HUGE[:1], *TINY[:1]])
def test_so_are_the_numbers_of_a_given_cart(number):
    raw = read_document(
        f'{{"subtotal": {number}, "items": [{{"sku": "A", "quantity": {number}}}]}}'
    )
    with pytest.raises(InvalidTree) as caught:
        given_cart(raw, as_of=datetime(2026, 4, 10, tzinfo=UTC))
    paths = {problem.path for problem in caught.value.problems}
    assert paths == {"cart.subtotal", "cart.items[0].quantity"}
