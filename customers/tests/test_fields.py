"""Model fields: decimals that stay exact, folded copies that every way of writing keeps right."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import F, Sum
from django.db.models.functions import Upper

from core.database.fields import ExactDecimalField, from_units, rounded, to_units
from customers.models import Customer, CustomerGroup, Product, Store, Website


def make(**values: Any) -> Customer:
    return Customer(
        website=Website.objects.get(),
        store=Store.objects.get(),
        group=CustomerGroup.objects.get(),
        **{"external_id": "1", **values},
    )


@pytest.mark.parametrize("text", ["0", "0.0001", "-12.5", "1000000000", "99999999999999.9999"])
def test_units_and_decimals_are_one_to_one(text: str) -> None:
    assert from_units(to_units(text)) == Decimal(text)


def test_a_fifth_decimal_is_refused_and_not_rounded() -> None:
    with pytest.raises(ValueError, match="more than 4 decimals"):
        to_units("0.00001")


@pytest.mark.parametrize(
    ("value", "result"),
    [("0.00005", "0.0001"), ("-0.00005", "-0.0001"), ("0.00004", "0"), ("2.00015", "2.0002")],
)
def test_rounding_is_half_away_from_zero(value: str, result: str) -> None:
    assert rounded(Decimal(value)) == Decimal(result)


@pytest.mark.parametrize("value", [0.1, True, "1.23456", "x", "NaN", "Infinity"])
def test_what_is_no_exact_decimal_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        ExactDecimalField().to_python(value)


def test_an_amount_beyond_the_limit_is_refused() -> None:
    assert ExactDecimalField().clean("1000000000", None) == 1_000_000_000
    with pytest.raises(ValidationError):
        ExactDecimalField().clean("1000000000.0001", None)


@pytest.mark.django_db
def test_sums_and_comparisons_in_the_database_are_exact() -> None:
    for number, price in enumerate(("0.1", "0.2")):
        Product.objects.create(sku=str(number), name="x", price=price)
    assert Product.objects.aggregate(total=Sum("price"))["total"] == Decimal("0.3")
    assert Product.objects.filter(price__lte="0.1").count() == 1
    assert Product.objects.filter(price__gt=Decimal("0.1999")).get().price == Decimal("0.2")


def by_save(customer: Customer) -> None:
    customer.save()
    customer.email = "NEW@Y.COM"
    customer.save(update_fields=["email"])


def by_bulk_create(customer: Customer) -> None:
    customer.email = "NEW@Y.COM"
    Customer.objects.bulk_create([customer])


def by_upsert(customer: Customer) -> None:
    customer.save()
    Customer.objects.bulk_create(
        [make(email="NEW@Y.COM")],
        update_conflicts=True,
        unique_fields=["external_id"],
        update_fields=["email"],
    )


def by_update(customer: Customer) -> None:
    customer.save()
    Customer.objects.update(email="NEW@Y.COM")


def by_bulk_update(customer: Customer) -> None:
    customer.save()
    customer.email = "NEW@Y.COM"
    Customer.objects.bulk_update([customer], ["email"])


@pytest.mark.every_case
@pytest.mark.django_db
@pytest.mark.parametrize(
    "write",
    [by_save, by_bulk_create, by_upsert, by_update, by_bulk_update],
)
def test_folded_copies_follow_every_way_of_writing(write: Callable[[Customer], None]) -> None:
    write(make(email="Old@X.de"))
    stored = Customer.objects.get()
    assert (stored.email, stored.email_folded, stored.email_domain_folded) == (
        "NEW@Y.COM",
        "new@y.com",
        "y.com",
    )


@pytest.mark.django_db
def test_a_missing_text_folds_to_an_empty_one() -> None:
    make(email=None).save()
    assert Customer.objects.get().email_folded == ""


@pytest.mark.django_db
@pytest.mark.parametrize("expression", [F("first_name"), Upper("email")])
def test_an_expression_into_a_folded_text_is_refused(expression: Any) -> None:
    make(email="a@x.de").save()
    with pytest.raises(TypeError, match="folded in Python"):
        Customer.objects.update(email=expression)
    assert Customer.objects.get().email == "a@x.de"
