"""Every registered attribute with every operator of its type, by query and by evaluator."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from conditions.evaluator.facts import FactStore
from conditions.families import FAMILIES
from conditions.language.operators import Takes
from conditions.language.types import SEGMENT, RangeType
from conditions.parse import parse_tree
from conditions.tests.agreement.test_agreement import by_evaluator, by_query
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import PARTS, every_attribute, pool, sides
from customers.models import Customer
from tests.cases import half

AS_OF = datetime(2024, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(db):
    awkward_shop(7).store()
    roll_up_in_every_way()
    people = Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    return FactStore(list(people))


def values_of(attribute, operator, every=None):
    """Return some values that `operator` takes, missing boundaries and odd texts among them."""
    type_ = attribute.type
    match operator.takes:
        case Takes.NOTHING:
            return [None]
        case Takes.DAYS | Takes.HOURS | Takes.ANNIVERSARY_DAYS:
            return [0, 30]
        case Takes.PERIOD:
            return ["last_week", "this_month", "last_quarter"]
        case Takes.PART:
            return PARTS
    ones = pool(type_, operator, attribute)
    ones = ones[:: 1 + len(ones) // 6]
    match operator.takes:
        case Takes.LIST:
            return [ones[:1], ones[-3:]] if ones else []
        case Takes.PAIR:
            assert isinstance(type_, RangeType)
            pairs = pairwise(ones)
            return [p for p in map(list, pairs) if _in_order(type_, p)][:3]
    return [*ones, *({"attribute": side.code} for side in _sides(attribute, operator, every))]


def _in_order(type_, pair):
    low, high = (type_.one(value).meant for value in pair)
    return type_.in_order(low, high)


def _sides(attribute, operator, every):
    return sides(attribute, None, every)[:3] if operator.compare else []


def every_node(is_exhaustive, chosen=half):
    """Yield a node for each attribute, operator and some of its values.

    Both databases together ask all values, unless `chosen` takes others. Without `is_exhaustive`:
    one in the middle of them, and another attribute for the first operator that compares two.
    """
    every = every_attribute()
    for attribute in every:
        has_compared = False
        for operator in attribute.type.operators.values():
            if attribute.type is SEGMENT:
                continue
            values = values_of(attribute, operator, every)
            if is_exhaustive:
                values = chosen(values) or values
            elif values:
                other = values[-1:] if operator.compare and not has_compared else []
                has_compared = has_compared or operator.compare
                values = [values[len(values) // 2], *other]
            for value in values:
                node = {"attribute": attribute.code, "operator": operator.name}
                if operator.takes is not Takes.NOTHING:
                    node["value"] = value
                yield node


def test_query_and_evaluator_agree_on_each(store, is_exhaustive):
    disagreeing, compared, telling = [], 0, set()
    everybody = by_query({"match": "all", "conditions": []}, AS_OF)
    everything = {attribute.code for family in FAMILIES for attribute in family.attributes}

    def compare(node):
        nonlocal compared
        tree = parse_tree({"match": "all", "conditions": [node]})
        found = by_query(tree, AS_OF)
        compared += 1
        if 0 < len(found) < len(everybody):
            telling.add(node["attribute"])
        if found != by_evaluator(tree, store, AS_OF):
            disagreeing.append(node)

    for node in every_node(is_exhaustive):
        compare(node)
    # Of some attributes these values tell no customers apart.
    for node in every_node(is_exhaustive=True, chosen=list):
        if node["attribute"] in everything - telling:
            compare(node)
    assert not disagreeing
    assert compared > 1_000
    # An attribute that never tells customers apart would prove nothing. Of those of other apps this
    # shop has nothing.
    assert everything - telling - {"segment"} <= {"customer.website"}
