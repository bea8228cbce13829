"""Comparisons of two attributes, in literal figures from the contract, by query and evaluator."""

from datetime import date
from decimal import Decimal

import pytest

from conditions.tests.examples.small_shop import check, condition, customer, order, utc
from customers.models import (
    CustomerAttribute,
    Website,
)

pytestmark = pytest.mark.django_db


# Attribute against attribute, on the row of an order --------------------------------------------
@pytest.fixture
def pairs():
    """Store customers whose only order has two columns that are compared."""
    rows = {
        "no subtotal": {"subtotal": None},
        "less": {"subtotal": Decimal("9.9999")},
        "same": {"subtotal": Decimal(10)},
        "more": {"subtotal": Decimal("10.0001")},
        "tenth": {"subtotal": Decimal(1)},
        "both empty": {"subtotal": Decimal(5), "shipping_city": "", "billing_city": ""},
        "spelled otherwise": {"subtotal": 5, "shipping_city": "Bern", "billing_city": "BERN"},
        "after": {"subtotal": 5, "shipping_city": "Bern", "billing_city": "Berlin"},
    }
    for name, values in rows.items():
        order(customer(name), "new", "10", "2026-04-10T10:00", **values)
    customer("no order")


PAIRS = {"no subtotal", "less", "same", "more", "tenth", "both empty", "spelled otherwise"} | {
    "after",
    "no order",
}


def against(attribute, operator, other, **more):
    return condition(attribute, operator, {"attribute": other, **more})


def test_amounts_are_compared_with_each_other_exactly(pairs):
    five = {"both empty", "spelled otherwise", "after"}

    def subtotal(operator, **times):
        return against("order.subtotal", operator, "order.grand_total", **times)

    check(
        [
            (subtotal("is"), {"same"}),
            (subtotal("is_not"), PAIRS - {"same"}),
            (subtotal("gt"), {"more"}),
            (subtotal("gte"), {"same", "more"}),
            (subtotal("lt"), {"less", "tenth"} | five),
            (subtotal("lte"), {"less", "same", "tenth"} | five),
            (subtotal("is", times="0.1"), {"tenth"}),
            (subtotal("lt", times="0.1"), set()),
            (subtotal("gte", times="0.5"), {"less", "same", "more"} | five),
            (subtotal("gt", times="1.0000"), {"more"}),
            (subtotal("gt", times="-1"), PAIRS - {"no subtotal", "no order"}),
            # A whole number, which is 0 here, against an amount in units of 1/10,000.
            (
                against("order.lines_count", "lt", "order.subtotal"),
                PAIRS - {"no subtotal", "no order"},
            ),
            (
                against("order.grand_total", "gt", "order.lines_count", times=9),
                PAIRS - {"no order"},
            ),
        ]
    )


def test_texts_are_compared_with_each_other_folded_and_empty_ones_are_missing(pairs):
    check(
        [
            (against("order.shipping_city", "is", "order.billing_city"), {"spelled otherwise"}),
            (
                against("order.shipping_city", "is_not", "order.billing_city"),
                PAIRS - {"spelled otherwise"},
            ),
        ]
    )


@pytest.fixture
def moments():
    """Store customers whose only order was changed at various times after 10 April in Berlin."""
    Website.objects.update(timezone="Europe/Berlin")
    Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    for name, updated in {
        "day before": "2026-04-09T21:59:59.999999",
        "same day, before": "2026-04-09T22:00",
        "same moment": "2026-04-10T10:00",
        "same day, after": "2026-04-10T21:59:59.999999",
        "day after": "2026-04-10T22:00",
    }.items():
        order(customer(name), "new", "1", "2026-04-10T10:00", updated_at=utc(updated))


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("is", {"same day, before", "same moment", "same day, after"}),
        ("is_not", {"day before", "day after"}),
        ("before", {"day before", "same day, before"}),
        ("on_or_before", {"day before", "same day, before", "same moment"}),
        ("after", {"same day, after", "day after"}),
        ("on_or_after", {"same moment", "same day, after", "day after"}),
    ],
)
def test_moments_are_compared_as_instants_and_is_as_the_same_day(moments, operator, expected):
    check([(against("order.updated_at", operator, "order.created_at"), expected)])


def test_choices_and_booleans_are_compared_with_each_other():
    for name, status, method in (
        ("same", "cash", "cash"),
        ("other case", "cash", "Cash"),
        ("behind", "cash", "card"),
        ("empty", "", ""),
        ("missing", None, None),
    ):
        order(customer(name), "new", "1", "2026-04-10T10:00", status=status, payment_method=method)
    for name, billing, shipping in (
        ("yes", True, True),
        ("no", False, False),
        ("mixed", True, False),
    ):
        customer(name).addresses.create(is_default_billing=billing, is_default_shipping=shipping)
    flags = ("address.is_default_billing", "address.is_default_shipping")
    check(
        [
            (against("order.status", "is", "order.payment_method"), {"same"}),
            (
                {
                    "relation": "orders",
                    "conditions": [against("order.status", "is_not", "order.payment_method")],
                },
                {"other case", "behind", "empty", "missing"},
            ),
            (against(flags[0], "is", flags[1]), {"yes", "no"}),
        ]
    )


def test_dates_are_compared_with_each_other():
    day = CustomerAttribute.objects.create(code="day", label="Day", type="date")
    for name, on in (("before", 9), ("same", 10), ("after", 11)):
        one = customer(name, date_of_birth=date(2026, 4, on))
        one.attribute_values.create(attribute=day, date=date(2026, 4, 10))
    customer("missing", date_of_birth=date(2026, 4, 10))
    for operator, expected in (
        ("is", {"same"}),
        ("is_not", {"before", "after", "missing"}),
        ("before", {"before"}),
        ("on_or_before", {"before", "same"}),
        ("after", {"after"}),
        ("on_or_after", {"same", "after"}),
    ):
        node = against("customer.date_of_birth", operator, "customer.attributes.day")
        check([(node, expected)])
