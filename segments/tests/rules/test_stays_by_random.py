"""Random logs: query and evaluator agree, and the sweep finds all customers that time moves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from conditions.evaluator.facts import facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from conditions.upkeep.flips import flipped_customers
from customers.models import Customer, Store, Website
from segments.models import MembershipChange
from tests.cases import seeds

pytestmark = [pytest.mark.django_db, pytest.mark.both]

START = datetime(2026, 3, 27, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Pacific/Auckland")
DAYS = [("is", 1), ("is_not", 2), ("gte", 3), ("lt", 2), ("between", [1, 4]), ("is_one_of", [0, 3])]


def trees():
    """Yield groups about days, instants and figures, alone and inside others."""
    conditions = [
        *({"attribute": "stay.days", "operator": name, "value": value} for name, value in DAYS),
        {"attribute": "stay.entered_at", "operator": "in_last_days", "value": 3},
        {"attribute": "stay.entered_at", "operator": "is_empty"},
        {"attribute": "stay.left_at", "operator": "on_or_before", "value": "2026-03-29"},
        {"attribute": "stay.left_at", "operator": "is_empty"},
        {"attribute": "stay.segment", "operator": "is_one_of", "value": ["b", "c"]},
    ]
    for node in conditions:
        yield node
        for aggregate in ("exists", "every"):
            yield {"relation": "stays", "aggregate": aggregate, "conditions": [node]}
    named = {"attribute": "stay.segment", "operator": "is", "value": "a"}
    for figure, of in (("max", "days"), ("sum", "days"), ("latest", "days"), ("min", "days")):
        compared = {"of": f"stay.{of}", "operator": "gte", "value": 3}
        group = {"relation": "stays", "aggregate": figure, "conditions": [named]}
        yield group | compared
        yield {"match": "any", "conditions": [group | compared, conditions[0]]}


@pytest.mark.parametrize("seed", seeds(6))
def test_random_logs_mean_the_same_in_each_way(seed, make_segment, make_customer):
    random = Random(seed)
    segments = [make_segment(code.upper(), code=code) for code in "abc"]
    customers = [make_customer(f"c{number:02}") for number in range(24)]
    for number, zone in enumerate(ZONES):
        website = Website.objects.create(code=f"w{number}", name=zone, timezone=zone)
        store = Store.objects.create(code=f"s{number}", name=zone, website=website)
        keys = [one.pk for one in customers[number::4]]
        Customer.objects.filter(pk__in=keys).update(website=website, store=store)
    write_log(random, segments, customers)
    scope = scope_of(None, None, "both")
    moments = sorted(START + timedelta(hours=random.randrange(24 * 8)) for _ in range(3))
    for node in trees():
        tree = parse_tree({"match": "all", "conditions": [node]})
        held = [(at, judged(tree, at)) for at in moments]
        for (earlier, before), (later, after) in pairwise(held):
            contexts = [Context(moment_at(at, scope)) for at in (earlier, later)]
            flipped = {pk for ids in flipped_customers(tree, *contexts) for (pk,) in ids}
            assert before ^ after <= flipped, node


def write_log(random, segments, customers):
    """Write entries in turn for each pair, and remove the oldest of them."""
    inside, at = set(), START
    for _entry in range(160):
        at += timedelta(minutes=random.randrange(90))
        pair = random.choice(segments), random.choice(customers)
        kind = "left" if pair in inside else "entered"
        inside ^= {pair}
        MembershipChange.objects.create(
            segment=pair[0], customer_id=pair[1].pk, kind=kind, reason="refresh", at=at
        )
    oldest = MembershipChange.objects.order_by("sequence").values_list("sequence", flat=True)
    MembershipChange.objects.filter(pk__in=list(oldest[: random.randrange(60)])).delete()


def judged(tree, at):
    """Return the keys of the customers that `tree` holds for at `at`; query and evaluator agree."""
    found = set(matching_customers(tree, as_of=at, applies_to="both").values_list("pk", flat=True))
    people = list(Customer.objects.select_related("website"))
    by_evaluator = {
        one.customer.pk for one in facts_of(people, at) if tree.holds(one.customer, one)
    }
    assert found == by_evaluator, tree.json
    return found
