"""A shop of two tastes: 120 members who buy tea, customers who do so too, and others."""

import random
from collections import defaultdict
from math import log, sqrt

from core.clock import now
from customers.models import Customer, CustomerGroup, Order, OrderItem, Product, Store, Website

TEA = [f"TEA-{number}" for number in range(12)]
TOOLS = [f"TOOL-{number}" for number in range(12)]
MEMBERS, DRINKERS, OTHERS = 120, 40, 140


def make_shop():
    """Store the customers M0.. (members), T0.. (drinkers), W0.. (others); return their SKUs."""
    chance, place = random.Random(5), _place()
    names = [f"{letter}{number}" for letter, count in _counts() for number in range(count)]
    chance.shuffle(names)
    people = [Customer(external_id=name, email=f"{name}@shop.example", **place) for name in names]
    people = Customer.objects.bulk_create(people)
    bought = {name: _taste(name, chance) for name in names}
    products = {sku: Product.objects.create(sku=sku, name=sku) for sku in TEA + TOOLS}
    at = now()
    orders = Order.objects.bulk_create(
        Order(
            number=f"O-{one.external_id}",
            customer=one,
            store=place["store"],
            state="complete",
            created_at=at,
            updated_at=at,
            grand_total=10,
        )
        for one in people
    )
    OrderItem.objects.bulk_create(
        OrderItem(order=order, line=str(line), sku=sku, product=products[sku], quantity=1)
        for order in orders
        for line, sku in enumerate(sorted(bought[order.customer.external_id]))
    )
    return bought


def expected_scores(bought, seeds):
    """Return the score of each customer, worked out in plain Python."""
    counts = defaultdict(int)
    for skus in bought.values():
        for sku in skus:
            counts[sku] += 1
    vectors = {}
    for name, skus in bought.items():
        raw = {sku: log(len(bought) / counts[sku]) for sku in skus}
        length = sqrt(sum(value**2 for value in raw.values())) or 1
        vectors[name] = {sku: value / length for sku, value in raw.items()}
    direction = defaultdict(float)
    for name, vector in vectors.items():
        for sku, value in vector.items():
            direction[sku] += value * ((name in seeds) / len(seeds) - 1 / len(bought))
    return {
        name: round(sum(direction[sku] * value for sku, value in vector.items()), 6)
        for name, vector in vectors.items()
    }


def _counts():
    return (("M", MEMBERS), ("T", DRINKERS), ("W", OTHERS))


def _taste(name, chance):
    favourite, rest = (TOOLS, TEA) if name.startswith("W") else (TEA, TOOLS)
    return {*chance.sample(favourite, 4), chance.choice(rest)}


def _place():
    return {
        "website": Website.objects.get(code="default"),
        "store": Store.objects.get(code="default"),
        "group": CustomerGroup.objects.get(code="general"),
    }
