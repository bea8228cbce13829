"""Buckets and variants: the table of the contract, and that databases agree with Python."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

import predictions.attribution
from conditions.sql.buckets import Bucket
from customers.models import Customer
from customers.tests.rows import a_customer
from personalization import attribution
from personalization.assignment import assign, bucket

# Contract, section 7.
VECTORS = [
    ("exp-1", "C1", 7382),
    ("exp-1", "7", 7732),
    ("exp-1", "C2", 4542),
    ("exp-1", "007", 4493),
    ("exp-1", "Zoë", 5837),
    ("exp-1", "客户", 8395),
    ("exp-1:traffic", "C1", 9425),
    ("spring-test", "C1", 7649),
    ("spring-test", "C2", 7916),
    ("holdout", "C1", 8858),
    ("checkout", "C1", 9959),
    ("exp-1", "", 2049),
    ("holdout", "C17", 8741),
]


def experiment(*weights, traffic=10_000):
    variants = [{"code": f"v{place}", "weight": weight} for place, weight in enumerate(weights)]
    return SimpleNamespace(salt="exp-1", traffic=traffic, variants=variants)


@pytest.mark.parametrize(("salt", "unit", "expected"), VECTORS)
def test_the_table_of_the_contract(salt, unit, expected):
    assert bucket(salt, unit) == expected


@pytest.mark.parametrize(
    ("unit", "weights", "expected"),
    [
        ("C1", (7382, 2618), "v1"),  # Half-open: the range of the first ends before 7,382.
        ("C1", (7383, 2617), "v0"),
        ("C1", (7382, 0, 2618), "v2"),
        ("C2", (5000, 5000), "v0"),
        ("Zoë", (5000, 5000), "v1"),
    ],
)
def test_the_variant_is_the_one_whose_range_has_the_bucket(unit, weights, expected):
    assert assign(experiment(*weights), unit) == expected


def test_who_is_not_in_the_traffic_gets_no_variant():
    assert assign(experiment(5000, 5000, traffic=9426), "C1") == "v1"
    assert assign(experiment(5000, 5000, traffic=9425), "C1") is None
    assert assign(experiment(5000, 5000, traffic=0), "C2") is None


def test_more_traffic_changes_nobodys_variant():
    units = [f"C{number}" for number in range(2_000)]
    few, all_of_them = experiment(5000, 5000, traffic=2_000), experiment(5000, 5000)
    before = {unit: assign(few, unit) for unit in units}
    assert 300 < sum(variant is not None for variant in before.values()) < 500
    for unit, variant in before.items():
        assert variant in (None, assign(all_of_them, unit))


def test_half_a_character_is_no_id():
    with pytest.raises(UnicodeEncodeError):
        bucket("exp-1", "\ud800")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.django_db
@given(salt=texts, unit=texts)
def test_the_database_and_python_have_the_same_bucket(salt, unit):
    with connection.cursor() as cursor:
        marker = "%s::text" if connection.vendor == "postgresql" else "%s"
        query = Customer.objects.annotate(found=Bucket(salt, F("external_id"))).values("found")
        sql, params = query.query.sql_with_params()
        column = '"customers_customer"."external_id"'
        function = sql.removeprefix("SELECT ").split(" AS ")[0]
        cursor.execute(f"SELECT {function.replace(column, marker)}", (*params, unit))
        assert cursor.fetchone() == (bucket(salt, unit),)


def test_customers_have_their_buckets_in_a_query(db):
    for number in ("C1", "C2", "007", "Zoë", "客户"):
        a_customer(number)
    found = Customer.objects.annotate(found=Bucket("exp-1", F("external_id")))
    assert dict(found.values_list("external_id", "found")) == {
        number: bucket("exp-1", number) for number in ("C1", "C2", "007", "Zoë", "客户")
    }
    assert found.filter(found__lt=5_000).count() == 2


def test_attribution_is_that_of_predictions():
    assert attribution.attribute is predictions.attribution.attribute
    assert attribution.Journey is predictions.attribution.Journey
    assert attribution.Touch is predictions.attribution.Touch
