"""The value of a key of a behaviour's JSON: the rule in Python, and the same from the database."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F

from conditions.engines.duckdb import ENGINE
from conditions.engines.translation import EngineCannot, statement_for, translate
from conditions.language.types import TYPES
from conditions.matching import matching_customers
from conditions.sql.portable import portable
from conditions.tests.engines.needed import on_postgresql
from core.text.exact_json import ExactDecoder
from core.text.folding import fold
from customers.refolding import refold_unchecked
from customers.tests.rows import a_customer
from personalization.models import BehaviorEvent
from personalization.properties.expressions import FIELDS, JsonValue
from personalization.properties.reading import value_of

# JSON as it is written, and its value by type; of a type that is not named it is missing.
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
CASES = [
    ("null", {}),
    ("[1]", {}),
    ('{"a": 1}', {}),
    ("true", {"boolean": True}),
    ("false", {"boolean": False}),
    ("7.5", {"number": "7.5"}),
    ("8.0", {"number": "8", "integer": 8}),
    ("-0.0", {"number": "0", "integer": 0}),
    ("8.00001", {"number": "8"}),
    ("5e-05", {"number": "0.0001"}),
    ("-0.00005", {"number": "-0.0001"}),
    ("0.00004999999999999999999", {"number": "0"}),
    ("0.12344999999999999999999", {"number": "0.1234"}),
    ("1e3", {"number": "1000", "integer": 1000}),
    ("1e-30", {"number": "0"}),
    ("1e30", {}),
    ("1000000000", {"number": "1000000000", "integer": 1_000_000_000}),
    ("-1000000000", {"number": "-1000000000", "integer": -1_000_000_000}),
    ("1000000000.00001", {}),
    ("1000000001", {}),
    ('""', {}),
    ('"8"', {"number": "8", "integer": 8, "text": "8"}),
    ('"19.99"', {"number": "19.99", "text": "19.99"}),
    ('"19.99999"', {"text": "19.99999"}),
    ('" 8"', {"text": " 8"}),
    ('"8\\n"', {"text": "8\n"}),
    ('"+8"', {"text": "+8"}),
    ('"1e3"', {"text": "1e3"}),
    ('"true"', {"text": "true"}),
    ('"99999999999999"', {"text": "99999999999999"}),
    ('"Straße Σ"', {"text": "Straße Σ"}),
    ('"\\u00c9 e\\u0301"', {"text": "É e\u0301"}),
    ('"2026-02-28"', {"date": date(2026, 2, 28), "text": "2026-02-28"}),
    ('"2024-02-29"', {"date": date(2024, 2, 29), "text": "2024-02-29"}),
    ('"2026-02-29"', {"text": "2026-02-29"}),
    ('"2026-5-1"', {"text": "2026-5-1"}),
    ('"0000-01-01"', {"text": "0000-01-01"}),
    ('"0001-01-01"', {"date": date(1, 1, 1), "text": "0001-01-01"}),
    ('"9999-12-31"', {"date": date(9999, 12, 31), "text": "9999-12-31"}),
    ('"2026-04-01T12:00:00Z"', {"datetime": NOON, "text": "2026-04-01T12:00:00Z"}),
    ('"2026-04-01T14:00+02:00"', {"datetime": NOON, "text": "2026-04-01T14:00+02:00"}),
    (
        '"2026-03-31T16:30:00.5-19:30"',
        {"datetime": NOON.replace(microsecond=500_000), "text": "2026-03-31T16:30:00.5-19:30"},
    ),
    ('"2026-04-01T12:00:00"', {"text": "2026-04-01T12:00:00"}),
    ('"2026-04-01T24:00:00Z"', {"text": "2026-04-01T24:00:00Z"}),
    ('"2026-04-31T12:00:00Z"', {"text": "2026-04-31T12:00:00Z"}),
    ('"0001-12-31T12:00:00Z"', {"text": "0001-12-31T12:00:00Z"}),
    ('"9999-01-01T12:00:00Z"', {"text": "9999-01-01T12:00:00Z"}),
    ('"2026-04-01 12:00:00Z"', {"text": "2026-04-01 12:00:00Z"}),
]
SAME_AS = {"money": "number", "choice": "text", "category": "text"}


def expected(values, type_name):
    value = values.get(SAME_AS.get(type_name, type_name))
    is_number = type_name in {"number", "money"}
    return Decimal(value) if is_number and value is not None else value


def insert(texts):
    """Insert a behaviour with each of `texts` as the value of `x`, by SQL past the models."""
    customer = a_customer("C1")
    with connection.cursor() as cursor:
        for number, text in enumerate(texts):
            cursor.execute(
                "INSERT INTO personalization_behaviorevent (customer_id, behavior_type, key,"
                " occurred_at, received_at, channel, sku_folded, search_query, context, data)"
                " VALUES (%s, 'quiz', %s, %s, %s, 'web', '', '', '{}', %s)",
                [customer.pk, str(number), NOON, NOON, f'{{"x": {text}}}'],
            )


@pytest.mark.django_db
def test_python_and_the_database_read_the_values_that_were_written_by_hand():
    insert(text for text, _values in CASES)
    refold_unchecked()
    rows = BehaviorEvent.objects.order_by("pk")
    for type_ in FIELDS:
        value = JsonValue(F("data"), F("data_folded"), key="x", type_=type_, options=())
        found = rows.annotate(value=value)
        for (text, values), row in zip(CASES, found, strict=True):
            wanted = expected(values, type_.name)
            assert value_of(row.data, "x", type_.name) == wanted, (text, type_.name)
            if type_.name == "text" and wanted is not None:
                wanted = fold(wanted)
            assert row.value == wanted, (text, type_.name)
            assert isinstance(row.value, type(wanted))


@pytest.mark.django_db
def test_a_closed_choice_has_only_its_options():
    insert(['"pass"', '"perhaps"', '"Pass"'])
    value = JsonValue(
        F("data"), F("data_folded"), key="x", type_=TYPES["choice"], options=("pass", "fail")
    )
    rows = BehaviorEvent.objects.order_by("pk").annotate(value=value)
    assert [row.value for row in rows] == ["pass", None, None]
    read = [value_of(row.data, "x", "choice", ("pass", "fail")) for row in rows]
    assert read == ["pass", None, None]


@pytest.mark.django_db
@on_postgresql
def test_engines_leave_the_data_of_behaviours_to_the_database():
    for code in ("behavior.sku", "behavior.quantity", "behavior.device"):
        tree = {"match": "all", "conditions": [{"attribute": code, "operator": "is_not_empty"}]}
        with portable():
            statement = statement_for(matching_customers(tree))
        with pytest.raises(EngineCannot, match="tranche_behavior_value"):
            translate(
                statement,
                ENGINE.dialect,
                tables={"customers_customer", "personalization_behaviorevent"},
            )


def test_exact_json_still_compares_and_writes_as_floats_do():
    found = json.loads('{"x": 0.1, "y": [1.50]}', cls=ExactDecoder)
    assert found == {"x": 0.1, "y": [1.5]}
    assert json.dumps(found) == '{"x": 0.1, "y": [1.5]}'
    assert found["y"][0].written == "1.50"
