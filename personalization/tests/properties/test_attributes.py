"""Attributes of the data of behaviours: the catalogue, the truth tables, aggregates."""

import csv
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from conditions import registry
from conditions.errors import InvalidTree
from conditions.explain import explain
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from conditions.tests.language.test_truth_table import BY_NAME, answers, expected, store_customers
from customers.models import Category
from customers.tests.rows import a_customer
from personalization.models import BehaviorEvent, BehaviorProperty
from tests.factories.shops import DATA

CATALOGUE = DATA.parent / "contract" / "catalogue_more.csv"
AT = datetime(2026, 4, 1, 12, tzinfo=UTC)
DECLARED = [
    *("Text", "Number", "Money", "Whole number", "Yes or no", "Date", "Date and time", "Choice"),
    "Anniversaries in a leap year",
]

pytestmark = pytest.mark.django_db


def behave(customer, at=AT, /, **data):
    number = BehaviorEvent.objects.count()
    return BehaviorEvent.objects.create(
        customer=customer,
        behavior_type="quiz",
        key=str(number),
        occurred_at=at,
        received_at=AT,
        data=data,
    )


def as_written(value):
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value if value is None or isinstance(value, bool | int | str) else value.isoformat()


@pytest.mark.once
@pytest.mark.skipif(not CATALOGUE.exists(), reason=f"{CATALOGUE} is not there")
def test_the_catalogue_names_every_attribute():
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code"].startswith("behavior.")]
    (family,) = [one for one in registry.families() if str(one.label) == "Behaviour"]
    ours = [(one.code, str(one.label), one.type.name, one.relation) for one in family.attributes]
    # A remark in brackets explains the codes.
    named = [
        (row["code"], row["label"].partition(" (desktop")[0], row["type"], row["level"])
        for row in rows
        if "<" not in row["code"]
    ]
    assert ours[4:] == named
    assert [one.prefix for one in family.of_the_shop] == ["behavior."]


@pytest.mark.every_case
@pytest.mark.parametrize("name", DECLARED)
def test_declared_properties_mean_what_the_truth_tables_say(name):
    table = BY_NAME[name]
    BehaviorProperty.objects.create(key="x", label="X", type=table.type.name)
    store_customers(table, lambda customer, value: behave(customer, x=as_written(value)))
    wrong = [
        (operator.name, raw, found)
        for operator, raw, found in answers(table, "behavior.x")
        if found != expected(table, operator, raw)
    ]
    assert not wrong


def test_every_aggregate_holds_as_for_other_attributes():
    shoes = Category.objects.create(code="shoes", name="Shoes")
    Category.objects.create(code="boots", name="Boots", parent=shoes)
    Category.objects.create(code="hats", name="Hats")
    for type_ in ("number", "integer", "date", "datetime", "boolean", "text"):
        BehaviorProperty.objects.create(key=f"a_{type_}", label=type_, type=type_)
    one, other = a_customer("C1"), a_customer("C2")
    behave(one, a_number=7.5, a_integer=3, a_date="2026-05-01", category="boots")
    behave(one, AT.replace(hour=13), a_number="8", a_integer=8.0, a_text="É", category="hats")
    behave(one, AT.replace(hour=11), a_number="high", a_boolean=True, a_text="é", category="shoes")
    behave(one, AT.replace(hour=10), a_number=True, a_datetime="2026-05-01T12:00:00Z")
    behave(one, AT.replace(hour=9))
    behave(other)
    cases = [
        ("count", None, "is", 5, True),
        ("sum", "a_number", "is", "15.5", True),
        ("avg", "a_number", "is", "7.75", True),
        ("min", "a_number", "is", "7.5", True),
        ("max", "a_number", "lt", "8", False),
        ("median", "a_number", "is", "7.5", True),
        ("latest", "a_number", "is", "8", True),
        ("sum", "a_integer", "is", 11, True),
        ("avg", "a_integer", "is", "5.5", True),
        ("max", "a_date", "on_or_after", "2026-05-01", True),
        ("min", "a_datetime", "before", "2026-05-01T12:00:00.000001Z", True),
        ("latest", "a_boolean", "is", True, False),
        ("count_distinct", "a_text", "is", 1, True),
        ("latest", "a_text", "contains", "É", True),
        ("count_distinct", "category", "is", 3, True),
        ("latest", "category", "is", "hats", True),
        ("latest", "category", "is_or_below", "shoes", False),
    ]
    for aggregate, of, operator, value, holds in cases:
        node = {"relation": "behaviors", "aggregate": aggregate, "operator": operator}
        node |= {"value": value} | ({"of": f"behavior.{of}"} if of else {})
        tree = {"match": "all", "conditions": [node]}
        found = matching_customers(tree, as_of=AT).filter(pk=one.pk).exists()
        assert found == explain(tree, one, as_of=AT).holds == holds, node
    below = {"attribute": "behavior.category", "operator": "is_or_below", "value": "shoes"}
    chosen = {"relation": "behaviors", "aggregate": "count", "operator": "is", "value": 2}
    tree = {"match": "all", "conditions": [{**chosen, "conditions": [below]}]}
    assert list(matching_customers(tree, as_of=AT)) == [one]


def test_what_is_not_declared_is_unknown_and_closed_choices_refuse_others():
    BehaviorProperty.objects.create(key="r", label="R", type="choice", options=["pass"])
    for code, value, path, problem in (
        ("behavior.none", "x", "conditions[0].attribute", "unknown_attribute"),
        ("behavior.\0", "x", "conditions[0].attribute", "unknown_attribute"),
        ("behavior.r", "perhaps", "conditions[0].value", "unknown_choice"),
        ("behavior.device", "watch", "conditions[0].value", "unknown_choice"),
    ):
        node = {"attribute": code, "operator": "is", "value": value}
        with pytest.raises(InvalidTree) as error:
            parse_tree({"match": "all", "conditions": [node]})
        assert [(one.path, one.code) for one in error.value.problems] == [(path, problem)]
