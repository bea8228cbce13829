"""Random orders of events: query, complement, evaluator and the definition say the same."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from conditions.evaluator.facts import facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.sql.place import Context
from conditions.sql.scope import moment_at, scope_of
from conditions.tests.chains.definition import Row, earliest
from conditions.upkeep.flips import flipped_customers
from customers.models import Cart, CartItem, Customer, Store, Website
from tests.cases import seeds

pytestmark = [pytest.mark.django_db, pytest.mark.both]

# The clocks of both zones change in these days.
START = datetime(2026, 3, 27, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York")
SKUS = ("a", "B", "b")
OF_PRODUCTS = ("product_views", "order_items", "cart_items", "all_cart_items", "behaviors")
RELATIONS = (*OF_PRODUCTS, "logins", "sales")
PREFIXES = dict(
    zip(
        OF_PRODUCTS,
        ("product_view", "order_item", "cart_item", "cart_item", "behavior"),
        strict=True,
    )
)
GAPS = (0, 1, 2, 5, 24)
CHAINS = 60


@pytest.mark.parametrize("seed", seeds(6))
def test_all_ways_of_judging_agree(seed, make_customer, doing):
    """Catches what worked cases miss: ties, exact ends of gaps, `only`, the same product."""
    random = Random(seed)
    shop = make_shop(random, make_customer, doing)
    scope = scope_of(None, None, "both")
    for _number in range(CHAINS):
        node = draw_steps(random)
        tree = parse_tree({"match": "all", "conditions": [node]})
        moments = sorted(START + draw_time(random) for _ in range(3))
        held = [(at, judged(node["steps"], tree, at, shop)) for at in moments]
        for (earlier, before), (later, after) in pairwise(held):
            contexts = [Context(moment_at(at, scope)) for at in (earlier, later)]
            flipped = {pk for ids in flipped_customers(tree, *contexts) for (pk,) in ids}
            assert before ^ after <= flipped, node


def judged(steps, tree, at, shop):
    """Return the keys of the customers for which `tree` holds at `at`, found in each way."""
    people = list(Customer.objects.select_related("website"))
    wanted = {one.pk: earliest(steps, shop[one.pk], at) for one in people}
    for facts in facts_of(people, at):
        verdict = tree.evaluate(facts.customer, facts)
        times = wanted[facts.customer.pk]
        shown = None if times is None else [one.isoformat() for one in times]
        assert verdict.children[0].actual["chain"] == shown, (steps, at, shop[facts.customer.pk])
        assert verdict.holds == tree.holds(facts.customer, facts) == (times is not None)
    expected = {pk for pk, times in wanted.items() if times is not None}
    for match, keys in (("all", expected), ("none", set(wanted) - expected)):
        found = matching_customers(
            {"match": match, "conditions": [tree.children[0].json]}, as_of=at, applies_to="both"
        )
        assert set(found.values_list("pk", flat=True)) == keys, (match, steps, at)
    return expected


def draw_time(random):
    """Return a time on a grid of hours, a microsecond before or after it now and then."""
    return timedelta(hours=random.randrange(72), microseconds=random.choice((-1, 0, 0, 0, 1)))


def draw_steps(random):
    """Return a node that validates."""
    steps = []
    for number in range(random.choice((2, 2, 3, 4))):
        relation = random.choice(RELATIONS)
        step = {"relation": relation}
        if relation in PREFIXES and random.random() < 0.3:
            sku = f"{PREFIXES[relation]}.sku"
            step["conditions"] = [
                {"attribute": sku, "operator": "is", "value": random.choice(SKUS)}
            ]
        if random.random() < 0.2:
            step["only"] = random.choice(("first", "last"))
        if number:
            add_links(random, step, steps[-1])
        steps.append(step)
    if random.random() < 0.5:
        for key in ("only", "after_hours", "after_days"):
            steps[-1].pop(key, None)
        steps[-1]["not"] = True
    return {"steps": steps}


def add_links(random, step, before):
    """Add the keys that compare a step with the one before."""
    after, within = sorted(random.choice(GAPS) for _ in range(2))
    if random.random() < 0.4:
        step["after_hours"] = after
    if random.random() < 0.6:
        step["within_hours" if within % 24 else "within_days"] = within // (
            24 if within % 24 == 0 else 1
        )
    if {step["relation"], before["relation"]} <= set(OF_PRODUCTS) and random.random() < 0.4:
        step["same"] = "sku"


def make_shop(random, make_customer, doing):
    """Store customers with what they do, and return their rows by customer and relation."""
    shop = {}
    for number, zone in enumerate(ZONES):
        website = Website.objects.create(code=f"w{number}", name=zone, timezone=zone)
        store = Store.objects.create(code=f"s{number}", name=zone, website=website)
        for each in range(8):
            customer = make_customer(f"{zone} {each}", website=website, store=store)
            rows = shop[customer.pk] = defaultdict(list)
            for _event in range(random.randrange(1, 12)):
                do_something(random, doing, customer, rows)
    return shop


def do_something(random, doing, customer, rows):
    """Store one event of the customer, and note it among their `rows`."""
    at, sku = START + draw_time(random), random.choice(SKUS)
    match random.choice(("view", "login", "order", "cart", "behaviour")):
        case "view":
            rows["product_views"].append(Row(at, doing.view(customer, at, sku).pk, sku))
        case "login":
            rows["logins"].append(Row(at, doing.login(customer, at).pk))
        case "behaviour":
            data = random.choice(({"sku": sku}, {"sku": ""}, {}))
            row = doing.behave(customer, at, "quiz", data=data)
            rows["behaviors"].append(Row(at, row.pk, data.get("sku", "")))
        case "order":
            is_canceled = random.random() < 0.1
            state = "canceled" if is_canceled else "complete"
            order = doing.order(customer, at, random.sample(SKUS, 2), state=state)
            if not is_canceled:
                rows["sales"].append(Row(at, order.pk))
                rows["order_items"] += [Row(at, one.pk, one.sku) for one in order.items.all()]
        case _cart:
            is_active = random.random() < 0.5
            cart = Cart.objects.create(
                external_id=f"cart {Cart.objects.count()}",
                customer=customer,
                store=customer.store,
                is_active=is_active,
                created_at=at,
                updated_at=at,
            )
            line = CartItem.objects.create(
                cart=cart,
                line="1",
                product=doing.product(sku),
                sku=sku,
                quantity=1,
                added_at=at,
                updated_at=at,
            )
            rows["all_cart_items"].append(Row(at, line.pk, sku))
            if is_active:
                rows["cart_items"].append(Row(at, line.pk, sku))
