"""Redemptions, orders, cancelations and time in any order: no code is used too often."""

from datetime import timedelta
from random import Random

import pytest

from customers.models import Order
from customers.tests.rows import an_order
from price_rules.coupons.coupon_validity import issued_coupon
from price_rules.evaluation import evaluate
from price_rules.tests.conftest import items
from price_rules.till.redemption import NotRedeemed, redeem, release
from tests.cases import seeds

pytestmark = pytest.mark.django_db

CODE = "TWICE"
STEPS = 60
ORDERS = [f"O{number}" for number in range(6)]


class World:
    """A code that may be used twice, once by each customer, and who has been told that they may."""

    def __init__(self, seed, customers, clock):
        self.random, self.clock, self.customers = Random(seed), clock, customers
        # Of each order that was told yes: whose it is, and until when it is waited for.
        self.told = {}

    def uses(self, besides="", customer=None):
        """Return how many other orders use the code, worked out from what happened."""
        orders = {one.number: one for one in Order.objects.select_related("customer")}
        found = set()
        for number in (set(orders) | set(self.told)) - {besides}:
            stored = orders.get(number)
            if stored is not None and stored.state == "canceled":
                continue
            names_it = stored is not None and CODE.lower() in stored.coupon_code.lower()
            whose, until = self.told.get(number, (None, None))
            waits = until is not None and (stored is not None or until > self.clock())
            whose = stored.customer if stored is not None and stored.customer else whose
            if (names_it or waits) and (customer is None or whose == customer):
                found.add(number)
        return len(found)

    def redeem(self):
        order, customer = self.random.choice(ORDERS), self.random.choice(self.customers)
        try:
            reservation = redeem(issued_coupon(CODE), order, customer, author=None)
        except NotRedeemed:
            return
        assert self.uses(besides=order) < 2
        whose = reservation.customer
        assert whose is None or self.uses(besides=order, customer=whose) < 1
        known = self.told.get(order)
        is_new = known is None or known[1] <= self.clock()
        if is_new:
            self.told[order] = (whose, self.clock() + timedelta(minutes=60))

    def release(self):
        order = self.random.choice(ORDERS)
        stored = Order.objects.filter(number=order).exclude(state="canceled").exists()
        if release(issued_coupon(CODE), order, author=None):
            assert not stored
            self.told.pop(order, None)

    def arrive(self):
        order = self.random.choice(ORDERS)
        if Order.objects.filter(number=order).exists():
            return
        # A shop that asks first: it sends what it was told it may.
        whose, until = self.told.get(order, (self.random.choice(self.customers), None))
        codes = ["", CODE.lower(), f"OTHER, {CODE}", f"{CODE} ,other,"]
        code = self.random.choice(codes) if until and until > self.clock() else ""
        if until is None or until > self.clock():
            an_order(whose, order, coupon_code=code, state=self.random.choice(["new", "complete"]))

    def cancel(self):
        standing = list(Order.objects.exclude(state="canceled").order_by("number"))
        if standing:
            order = self.random.choice(standing)
            order.state = "canceled"
            order.save()

    def later(self):
        self.clock.advance(minutes=self.random.choice([1, 30, 61]))

    def ask(self):
        customer = self.random.choice(self.customers)
        cart = {"items": items(("A", 1, 10)), "coupon_code": CODE}
        is_good = evaluate(cart, customer=customer).coupon.status == "applied"
        by_customer = customer is None or self.uses(customer=customer) < 1
        assert is_good == (self.uses() < 2 and by_customer)


@pytest.mark.parametrize("seed", seeds(40))
def test_no_code_is_used_too_often(seed, make_rule, make_customer, clock):
    make_rule("r1", coupon="specific", coupon_code=CODE, uses_total=2, uses_per_customer=1)
    customers = [make_customer("ann"), make_customer("bob"), make_customer("cy"), None]
    world = World(seed, customers, clock)
    happenings = [
        *[world.redeem] * 4,
        *[world.arrive] * 2,
        world.release,
        world.cancel,
        world.later,
        world.ask,
    ]
    for _step in range(STEPS):
        world.random.choice(happenings)()
