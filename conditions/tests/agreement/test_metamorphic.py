"""Laws that hold whatever the right answer is: a tree said otherwise has the same matches."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions import registry
from conditions.matching import matching_customers
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import AS_OF, DAYS, NUMBERS, trees
from customers.models import Customer
from tests.tiers import examples

SETTINGS = settings(
    max_examples=int(os.environ.get("LAW_EXAMPLES") or examples(15)),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
NODES = trees(depth=2).filter(lambda tree: tree["conditions"])
ALWAYS = {"attribute": "customer.id", "operator": "is_not_empty"}
NEVER = {"attribute": "customer.id", "operator": "is_empty"}


@pytest.fixture
def shop(db):
    awkward_shop(11).store()
    roll_up_in_every_way()


def matches(as_of, match, *nodes):
    tree = {"match": match, "conditions": list(nodes)}
    found = matching_customers(tree, as_of=as_of, applies_to="both")
    return set(found.values_list("pk", flat=True))


def group(match, *nodes):
    return {"match": match, "conditions": list(nodes)}


def reversed_throughout(node):
    if "conditions" not in node:
        return node
    return {**node, "conditions": [reversed_throughout(one) for one in node["conditions"][::-1]]}


def test_none_of_two_is_neither_and_not_all_is_one_or_the_other_not(shop):
    @SETTINGS
    @given(a=NODES, b=NODES, as_of=AS_OF)
    def de_morgan(a, b, as_of):
        not_a, not_b = group("none", a), group("not_all", b)
        assert matches(as_of, "none", a, b) == matches(as_of, "all", not_a, not_b)
        assert matches(as_of, "not_all", a, b) == matches(as_of, "any", not_a, not_b)

    de_morgan()


def test_any_is_the_union_and_all_the_intersection_of_the_matches(shop):
    @SETTINGS
    @given(a=NODES, b=NODES, as_of=AS_OF)
    def sets(a, b, as_of):
        of_a, of_b = matches(as_of, "all", a), matches(as_of, "all", b)
        assert matches(as_of, "any", a, b) == of_a | of_b
        assert matches(as_of, "all", a, b) == of_a & of_b

    sets()


def test_the_order_of_conditions_does_not_matter(shop):
    @SETTINGS
    @given(tree=trees(), as_of=AS_OF)
    def order(tree, as_of):
        other = reversed_throughout(tree)
        assert matches(as_of, tree["match"], *tree["conditions"]) == matches(
            as_of, other["match"], *other["conditions"]
        )

    order()


def test_none_of_none_changes_nothing(shop):
    @SETTINGS
    @given(a=NODES, as_of=AS_OF)
    def double(a, as_of):
        assert matches(as_of, "none", group("none", a)) == matches(as_of, "all", a)

    double()


def test_a_condition_that_always_or_never_holds_changes_nothing(shop):
    @SETTINGS
    @given(a=NODES, as_of=AS_OF)
    def neutral(a, as_of):
        same = matches(as_of, "all", a)
        assert matches(as_of, "all", a, ALWAYS) == same
        assert matches(as_of, "any", NEVER, a) == same
        assert matches(as_of, "not_all", ALWAYS, group("none", a)) == same

    neutral()


def of_types(*names):
    return st.sampled_from(sorted(code for code, type_ in ATTRIBUTES.items() if type_ in names))


ATTRIBUTES = {
    one.code: one.type.name for family in registry.families() for one in family.attributes
}
# Operators whose values widen as they grow, and those for which they narrow.
GROWING = {"in_last_days", "in_next_days", "in_last_hours", "anniversary_in_next_days"}
SHRINKING = {"more_than_days_ago", "more_than_days_ahead", "more_than_hours_ago"}


def test_widening_a_window_only_adds(shop):
    @SETTINGS
    @given(
        code=of_types("date", "datetime"),
        operator=st.sampled_from(sorted(GROWING | SHRINKING)),
        days=st.tuples(st.integers(0, 366), st.integers(0, 366)).map(sorted),
        as_of=AS_OF,
    )
    def widen(code, operator, days, as_of):
        if ATTRIBUTES[code] == "date" and "hours" in operator:
            operator = operator.replace("hours", "days")
        near, far = (
            matches(as_of, "all", {"attribute": code, "operator": operator, "value": n})
            for n in days
        )
        assert near <= far if operator in GROWING else far <= near

    widen()


def test_widening_a_range_only_adds(shop):
    numbers = sorted(NUMBERS, key=float)
    days = sorted(DAYS)

    @SETTINGS
    @given(
        code=of_types("date", "datetime", "integer", "number", "money"),
        ends=st.lists(st.integers(0, 6), min_size=4, max_size=4).map(sorted),
        as_of=AS_OF,
    )
    def widen(code, ends, as_of):
        pool = days if ATTRIBUTES[code] in {"date", "datetime"} else numbers[:: len(numbers) // 7]
        low, inner_low, inner_high, high = (pool[end] for end in ends)
        wide, narrow = (
            matches(as_of, "all", {"attribute": code, "operator": "between", "value": [*pair]})
            for pair in ((low, high), (inner_low, inner_high))
        )
        assert narrow <= wide

    widen()


def test_more_rows_are_counted_where_more_are_chosen(shop):
    @SETTINGS
    @given(least=st.integers(1, 3), days=st.integers(0, 40), as_of=AS_OF)
    def count(least, days, as_of):
        def buyers(least, days):
            window = {"attribute": "order.created_at", "operator": "in_last_days", "value": days}
            node = {"relation": "orders", "aggregate": "count", "operator": "gte", "value": least}
            return matches(as_of, "all", {**node, "conditions": [window]})

        assert buyers(least + 1, days) <= buyers(least, days) <= buyers(least, days + 10)

    count()


def test_the_laws_are_asked_of_customers_who_differ(shop):
    nameless = matches(None, "all", {"attribute": "customer.first_name", "operator": "is_empty"})
    everybody = matches(None, "all", ALWAYS)
    assert set() < nameless < everybody
    assert len(everybody) == Customer.objects.filter(is_active=True).count()
