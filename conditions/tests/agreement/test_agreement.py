"""One meaning: query and evaluator agree for generated trees over generated shops."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.evaluator.facts import Facts, FactStore
from conditions.language.windows import LocalClock
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.examples.rollups import roll_up_in_every_way
from conditions.tests.examples.shops import awkward_shop
from conditions.tests.examples.trees import AS_OF, every_attribute, trees
from customers.models import Customer
from tests.cases import seeds
from tests.tiers import examples

EXAMPLES = int(os.environ.get("TREE_EXAMPLES") or examples(150))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(params=seeds(3, start=1), ids="shop {}".format)
def store(request, db):
    awkward_shop(request.param).store()
    roll_up_in_every_way()
    people = Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    return FactStore(list(people))


def by_evaluator(tree, store, as_of, *, applies_to="both"):
    """Return the numbers of the customers whom the evaluator finds to match."""
    group = parse_tree(tree)
    return [
        customer.external_id
        for customer in store.customers
        if customer.is_active
        and applies_to in {"both", customer.kind}
        and group.holds(
            customer, Facts(customer, LocalClock(as_of, customer.website.timezone), store)
        )
    ]


def by_query(tree, as_of, *, applies_to="both"):
    """Return the numbers of the customers whom the compiled query finds to match."""
    found = matching_customers(tree, as_of=as_of, applies_to=applies_to).order_by("pk")
    return list(found.values_list("external_id", flat=True))


def test_what_was_read_for_one_tree_serves_the_next(store):
    """One shopper is asked about many segments, of what was loaded for the first."""
    every = every_attribute()

    @settings(SETTINGS, max_examples=max(EXAMPLES // 10, 5))
    @given(asked=st.lists(trees(every=every), min_size=3, max_size=6), as_of=AS_OF)
    def agree(asked, as_of):
        groups = [parse_tree(tree) for tree in asked]
        found = [set() for _tree in asked]
        for customer in store.customers:
            clock = LocalClock(as_of, customer.website.timezone)
            facts = Facts(customer, clock, FactStore([customer]))
            for group, members in zip(groups, found, strict=True):
                if customer.is_active and group.holds(customer, facts):
                    members.add(customer.external_id)
        assert found == [set(by_query(tree, as_of)) for tree in asked]

    agree()


def test_query_and_evaluator_choose_the_same_customers(store):
    who = st.sampled_from(["registered", "guest", "both"])

    @SETTINGS
    @given(tree=trees(every=every_attribute()), as_of=AS_OF, applies_to=who)
    def agree(tree, as_of, applies_to):
        assert by_query(tree, as_of, applies_to=applies_to) == by_evaluator(
            tree, store, as_of, applies_to=applies_to
        )

    agree()


def test_a_tree_and_its_negation_are_disjoint_and_together_everybody(store):
    everybody = [customer.external_id for customer in store.customers if customer.is_active]

    @SETTINGS
    @given(tree=trees(depth=2, every=every_attribute()), as_of=AS_OF)
    def complement(tree, as_of):
        matches = by_query(tree, as_of)
        others = by_query(
            {"match": "none", "conditions": [tree]}
            if tree["conditions"]
            else {**tree, "match": {"all": "any", "none": "any"}.get(tree["match"], "all")},
            as_of,
        )
        assert not set(matches) & set(others)
        assert sorted(matches + others) == sorted(everybody)

    complement()
