"""The longest lists and the widest trees that validate also run, on both databases."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from conditions import registry
from conditions.evaluator.facts import FactStore
from conditions.language.operators import Takes
from conditions.language.types import NumberType
from conditions.tests.agreement.test_agreement import by_evaluator, by_query
from conditions.tests.examples.shops import awkward_shop
from customers.models import Customer

AS_OF = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(db):
    awkward_shop(5, customers=12).store()
    return FactStore(list(Customer.objects.order_by("pk")))


def long_value(type_):
    """Return a thousand values; numbers lie apart, so that no two make a range."""
    if isinstance(type_, NumberType):
        return [str(2 * number) for number in range(1_000)]
    return [f"x{number}" for number in range(1_000)]


def long_lists():
    for attribute in registry.attributes():
        if attribute.choices is not None and attribute.choices.closed:
            continue
        for operator in attribute.type.operators.values():
            if operator.takes is Takes.LIST and operator.twin is None:
                yield attribute, operator


def test_a_thousand_values_can_be_asked_of_every_attribute_that_takes_lists(store, is_exhaustive):
    """Of every third attribute, unless all are asked."""
    asked = list(long_lists())
    assert len(asked) > 60
    asked = asked if is_exhaustive else asked[::3]
    for attribute, operator in asked:
        condition = {
            "attribute": attribute.code,
            "operator": operator.name,
            "value": long_value(attribute.type),
        }
        for match in ("all", "none"):
            tree = {"match": match, "conditions": [condition]}
            assert by_query(tree, AS_OF) == by_evaluator(tree, store, AS_OF), condition["attribute"]


@pytest.mark.parametrize("match", ["all", "any", "none", "not_all"])
def test_a_hundred_sub_selects_of_one_row_can_be_asked_at_once(store, match):
    conditions = [
        {"attribute": "order_item.category", "operator": "is_or_below", "value": f"cat{n % 6}"}
        for n in range(100)
    ]
    tree = {
        "match": "all",
        "conditions": [{"relation": "order_items", "match": match, "conditions": conditions}],
    }
    assert by_query(tree, AS_OF) == by_evaluator(tree, store, AS_OF)


@pytest.mark.parametrize("match", ["all", "any", "none", "not_all"])
def test_two_hundred_different_conditions_can_be_asked_at_once(store, match):
    conditions = [
        {"attribute": one.code, "operator": "is_not_empty"}
        for one in registry.attributes()
        if "is_not_empty" in one.type.operators
    ]
    tree = {"match": match, "conditions": list(islice(conditions * 2, 199))}
    assert by_query(tree, AS_OF) == by_evaluator(tree, store, AS_OF)


@pytest.mark.parametrize("match", ["any", "none"])
def test_two_hundred_conditions_of_several_ranges_can_be_asked_at_once(store, match):
    """Catches alternatives that SQLite's parser nests deeper than 1,000 levels."""
    conditions = [
        {
            "attribute": "customer.date_of_birth",
            "operator": "anniversary_in_next_days",
            "value": days,
        }
        for days in range(1, 200)
    ]
    tree = {"match": match, "conditions": conditions}
    assert by_query(tree, AS_OF) == by_evaluator(tree, store, AS_OF)


@pytest.mark.parametrize("match", ["all", "none"])
def test_group_of_many_conditions_stands_alone_among_alternatives(store, match):
    """Catches conditions of an inner group that are taken for alternatives of the outer one."""
    conditions = [
        {"attribute": "customer.email", "operator": "not_contains", "value": value}
        for value in ("shop", *(f"x{number}" for number in range(70)))
    ]
    group = {"match": match, "conditions": conditions}
    for outer in ("any", "none"):
        tree = {"match": outer, "conditions": [group]}
        assert by_query(tree, AS_OF) == by_evaluator(tree, store, AS_OF)
