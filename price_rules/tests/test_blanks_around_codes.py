"""Codes in orders count with blanks around them and among others, however the order came in."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from customers.models import Order, UncheckedText
from customers.refolding import refold_unchecked
from customers.tests.events.sender import Sender
from customers.tests.imports.importing import CUSTOMERS, Importer
from customers.tests.rows import an_order
from price_rules.coupons.coupon_validity import issued_coupon
from price_rules.coupons.uses import (
    customers_with_uses,
    uses_by_customer,
    uses_of_code,
    uses_of_rule,
    with_uses,
)
from price_rules.evaluation import evaluate
from price_rules.models import Coupon
from price_rules.tests.conftest import items
from price_rules.till.redemption import redeem

pytestmark = pytest.mark.django_db
CART = {"items": items(("A", 1, 10))}
# A blank, tab, no-break space, line break and ideographic space.
WRITTEN = ["WSy9 ", " wsy9", "\tWSY9", "WSy9\u00a0", "WSy9\n", "\u3000WSy9 \t"]


@pytest.fixture
def once(make_rule):
    """A rule whose code may be used once."""
    return make_rule("r1", coupon="specific", coupon_code="WSy9", uses_total=1)


def status():
    return evaluate(CART | {"coupon_code": "WSy9"}).coupon.status


@pytest.mark.parametrize("code", WRITTEN)
def test_order_with_blanks_uses_the_code(once, clock, code):
    assert status() == "applied"
    order = an_order(None, "O1", coupon_code=code)

    assert status() == "used_up"
    at = clock()
    assert uses_of_rule(once, at=at) == uses_of_code(issued_coupon("WSy9"), at=at) == 1
    assert [coupon.used for coupon in with_uses(Coupon.objects.all(), at=at)] == [1]
    # Stored, and compared by conditions, as the shop wrote it.
    order.refresh_from_db()
    assert order.coupon_code == code
    assert order.coupon_code_folded == code.lower()


@pytest.mark.both
@pytest.mark.parametrize("code", ["wsy9, OTHER", 'say "A" ,WSy9', "A,B, wsy9 "])
def test_order_with_several_codes_uses_each(once, clock, make_customer, code):
    bob = make_customer("bob")
    an_order(bob, "O1", coupon_code=code)
    for near in ("WSy91, A", "x WSy9, A", "A"):
        an_order(None, near, coupon_code=near)

    assert status() == "used_up"
    at = clock()
    assert uses_of_rule(once, at=at) == uses_of_code(issued_coupon("WSy9"), at=at) == 1
    assert uses_by_customer(once, bob, at=at) == 1
    assert [one["user"] for one in customers_with_uses(once, at=at)] == [bob.pk]
    assert [coupon.used for coupon in with_uses(Coupon.objects.all(), at=at)] == [1]
    redeem(issued_coupon("WSy9"), "O1", bob, author=None)
    assert uses_of_rule(once, at=at) == 1


def test_an_arrived_order_with_blanks_redeems_its_own_code(once, clock):
    an_order(None, "O1", coupon_code="WSy9 ")

    redeem(issued_coupon("WSy9"), "O1", None, author=None)

    assert uses_of_rule(once, at=clock()) == 1


def test_imported_orders_with_blanks_use_the_code(once, tmp_path):
    rows = "".join(
        f'o{number},c1,complete,2026-01-02,1,"{code}"\n' for number, code in enumerate(WRITTEN)
    )
    orders = "number,customer,state,created_at,grand_total,coupon_code\n" + rows
    Importer(tmp_path)(customers=CUSTOMERS, orders=orders)

    assert status() == "used_up"
    assert Order.objects.filter(used_coupon_folded="wsy9").count() == len(WRITTEN)


def test_sent_orders_with_blanks_use_the_code(once):
    order = {"state": "new", "created_at": "2026-05-01T00:00:00Z", "grand_total": "1"}
    Sender().say("order.saved", number="o1", coupon_code="WSy9 ", **order)

    assert status() == "used_up"


def test_sql_past_the_models_is_put_right(once):
    order = an_order(None, "O1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_order SET coupon_code = 'WSy9 '")
    assert UncheckedText.objects.filter(row_id=order.pk).exists()
    refold_unchecked()

    assert status() == "used_up"


def test_migration_counts_the_orders_of_before(once):
    for number, code in enumerate([*WRITTEN, "WSy9", "", "Ä "]):
        an_order(None, f"O{number}", coupon_code=code)
    QuerySet(Order).update(used_coupon_folded="")

    editor = SimpleNamespace(connection=connection, execute=connection.cursor().execute)
    import_module("customers.migrations.0024_coupon_used_by_an_order").fill(apps, editor)

    found = list(Order.objects.order_by("pk").values_list("used_coupon_folded", flat=True))
    assert found == ["wsy9"] * (len(WRITTEN) + 1) + ["", "ä"]
