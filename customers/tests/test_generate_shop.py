"""The generated shop: the same everywhere, of realistic shape, and importable."""

import hashlib
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Q

from customers.generate.shop import generate_shop, write_shop
from customers.models import (
    Cart,
    Customer,
    CustomerAttributeValue,
    Order,
    OrderItem,
    ProductView,
    Refund,
    Website,
    WishlistItem,
)

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


def digest(directory: Path) -> str:
    content = b"".join(path.read_bytes() for path in sorted(directory.iterdir()))
    return hashlib.sha256(content).hexdigest()


def test_the_same_arguments_give_the_same_files(tmp_path):
    write_shop(tmp_path / "a", 50, 7, UNTIL)
    write_shop(tmp_path / "b", 50, 7, UNTIL)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_the_rows_are_those_of_every_other_machine(tmp_path):
    write_shop(tmp_path, 50, 7, UNTIL)
    assert digest(tmp_path) == "ba1fdddf92dc123ecdce395e3b456f1b5ece1a0a52f16d093408fcdf9f432aef"


@pytest.mark.parametrize(
    ("customers", "seed", "until"),
    [(51, 7, UNTIL), (50, 8, UNTIL), (50, 7, datetime(2026, 1, 2, tzinfo=UTC))],
)
def test_other_arguments_give_other_files(tmp_path, customers, seed, until):
    write_shop(tmp_path / "a", 50, 7, UNTIL)
    write_shop(tmp_path / "b", customers, seed, until)
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_the_command_writes_files_without_importing(db, tmp_path):
    call_command("generate_shop", customers=10, seed=1, directory=tmp_path / "shop")
    assert (tmp_path / "shop" / "orders.csv").stat().st_size > 1_000
    assert not Customer.objects.exists()


def test_the_command_imports_up_to_the_given_moment(db):
    call_command(
        "generate_shop", customers=20, seed=1, until="2030-05-01T00:00:00Z", stdout=StringIO()
    )
    assert Customer.objects.filter(registered_at__year__gte=2027).count() == 20


@pytest.mark.parametrize(
    "arguments",
    [
        {"customers": -1},
        {"until": "soon"},
        {"until": "1969-12-31"},
        {"until": "9999-12-31T23:59:59-01:00"},
    ],
)
@pytest.mark.once
def test_the_command_refuses_nonsense(db, arguments):
    with pytest.raises(CommandError):
        call_command("generate_shop", **{"customers": 1, "seed": 1, **arguments})


# From here on the shop is there for every test of the module: tests without it stand above.
@pytest.fixture(scope="module")
def shop(rows_for_all):
    return generate_shop(1_000, 1, UNTIL)


def test_the_shop_has_the_promised_proportions(db, shop):
    assert shop.refused == 0
    assert Customer.objects.count() == 1_000
    assert 2_500 < Order.objects.count() < 3_500
    assert 7_000 < OrderItem.objects.count() < 9_500


def test_the_shop_has_everything_that_conditions_ask_about(db, shop):
    customers = Customer.objects.annotate(
        placed=Count("orders", filter=~Q(orders__state="canceled"))
    )
    assert customers.filter(placed=0).count() > 200
    assert customers.filter(placed__gte=10).exists()
    assert Customer.objects.filter(kind="guest").exists()
    assert Customer.objects.filter(group__code="vip").exists()
    assert Website.objects.filter(customers__isnull=False).distinct().count() == 5
    assert Order.objects.filter(customer=None).exists()
    assert Order.objects.values("currency").distinct().count() == 4
    assert Refund.objects.filter(order=None).exists()
    assert Refund.objects.filter(order__isnull=False).exists()
    assert OrderItem.objects.filter(parent__isnull=False).exists()
    assert Cart.objects.filter(is_active=True).exists()
    assert ProductView.objects.count() > 2_000
    assert WishlistItem.objects.exists()
    attributes = CustomerAttributeValue.objects.values("attribute").distinct()
    assert attributes.count() == 5
    assert Customer.objects.filter(date_of_birth__month=2, date_of_birth__day=29).exists()


def test_nothing_happens_after_the_last_moment(db, shop):
    assert not Order.objects.filter(Q(created_at__gt=UNTIL) | Q(updated_at__gt=UNTIL)).exists()
    assert not ProductView.objects.filter(viewed_at__gt=UNTIL).exists()
    assert Order.objects.filter(created_at__gt=UNTIL.replace(year=2025, month=12)).exists()


def test_no_discount_is_negative(db, shop):
    assert Order.objects.filter(discount_amount__gt=0).exists()
    assert not Order.objects.filter(discount_amount__lt=0).exists()
