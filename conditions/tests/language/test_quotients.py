"""Rounded quotients: compared without a division, they are what Python's rounding makes of them."""

from decimal import Decimal

import pytest
from django.db.models import BigIntegerField, ExpressionWrapper, F

from conditions.language.windows import contains
from conditions.sql.expressions import QUOTIENT_BOUND, RoundedQuotient
from conditions.sql.ranges import expression_within
from core.database.fields import UNITS_PER_ONE, from_units, rounded
from customers.models import CustomerRollup

pytestmark = pytest.mark.django_db

MOST = 2**63 - 1
EDGE = QUOTIENT_BOUND - 1
BOUNDS = [*range(-4, 5), -EDGE, EDGE, -EDGE - 1, EDGE + 1, -(10**18), 10**18]
# Sums and numbers: around each half, and as large as they may be.
ROWS = [
    *((total, number) for total in range(-9, 10) for number in range(5)),
    *((total, number) for total in (-MOST, MOST) for number in (0, 1, 2, 3, 2**31 - 1)),
    *((EDGE * 7 + part, 7) for part in range(-4, 5)),
    *((-EDGE * 7 + part, 7) for part in range(-4, 5)),
]


@pytest.fixture
def rows():
    found = dict(enumerate(ROWS, 1))
    CustomerRollup.objects.bulk_create(
        CustomerRollup(pk=pk, sales=from_units(total), number_of_orders=number)
        for pk, (total, number) in found.items()
    )
    return found


@pytest.mark.parametrize("zero", [True, False])
def test_a_quotient_is_compared_as_it_is_rounded(rows, zero):
    units = ExpressionWrapper(F("sales"), output_field=BigIntegerField())
    quotient = RoundedQuotient(units, F("number_of_orders"), zero=zero)
    known = {
        pk: int(rounded(Decimal(total) / number / UNITS_PER_ONE) * UNITS_PER_ONE) if number else 0
        for pk, (total, number) in rows.items()
        if number or zero
    }
    ends = [*((low, None) for low in BOUNDS), *((None, high) for high in BOUNDS), (-2, 2), (3, 3)]
    for bounds in ends:
        found = CustomerRollup.objects.filter(expression_within(quotient, [bounds]).q)
        expected = {pk for pk, value in known.items() if contains(bounds, value)}
        assert set(found.values_list("pk", flat=True)) == expected, bounds


def test_a_missing_sum_has_no_quotient():
    CustomerRollup.objects.create(pk=1)
    units = ExpressionWrapper(F("sales"), output_field=BigIntegerField())
    quotient = RoundedQuotient(units, F("number_of_orders") - 1)
    for bounds in ((-1, None), (None, 1)):
        assert not CustomerRollup.objects.filter(expression_within(quotient, [bounds]).q)
