"""What each type takes as a value, what it makes of it, and what it refuses."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from conditions.language import types
from conditions.language.types import TYPES, comparable
from core.text.exact_numbers import BadValue


def parsed(type_, operator, raw):
    return type_.parse(type_.operators[operator], raw)


def refusal(type_, operator, raw):
    with pytest.raises(BadValue) as refused:
        parsed(type_, operator, raw)
    assert refused.value.message
    return refused.value.code


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0", "0"),
        ("-0.0001", "-0.0001"),
        ("007.50", "7.5"),
        ("99999999999999.9999", "99999999999999.9999"),
        ("-99999999999999.9999", "-99999999999999.9999"),
        (5, "5"),
        (-5, "-5"),
        (0.1, "0.1"),
        (1e3, "1000"),
        (Decimal("1.2E+3"), "1200"),
        (Decimal("1.50000000"), "1.5"),
        ("1.5000", "1.5"),
    ],
)
def test_a_number_is_read_as_a_decimal(raw, number):
    assert parsed(types.MONEY, "is", raw).meant == Decimal(number)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "empty_value"),
        ("", "empty_value"),
        (True, "not_a_number"),
        ([1], "not_a_number"),
        ("many", "not_a_number"),
        ("1,5", "not_a_number"),
        (" 1", "not_a_number"),
        ("1 ", "not_a_number"),
        ("1\n", "not_a_number"),
        ("+1", "not_a_number"),
        ("1e3", "not_a_number"),
        ("1.", "not_a_number"),
        (".5", "not_a_number"),
        ("--1", "not_a_number"),
        ("1.00000", "not_a_number"),
        ("١", "not_a_number"),
        ("100000000000000", "not_a_number"),
        ("0" * 15, "not_a_number"),
        (10**14, "out_of_range"),
        (-(10**14), "out_of_range"),
        (0.00001, "too_many_decimals"),
        (float("nan"), "not_finite"),
        (float("inf"), "not_finite"),
        (Decimal("NaN"), "not_finite"),
    ],
)
def test_what_is_no_number_is_refused(raw, code):
    assert refusal(types.NUMBER, "gte", raw) == code


@pytest.mark.parametrize(
    ("type_", "raw", "stored"),
    [
        (types.MONEY, 500, "500"),
        (types.MONEY, 0.5, "0.5"),
        (types.MONEY, Decimal("1.500"), "1.5"),
        (types.MONEY, "100.00", "100.00"),
        (types.INTEGER, 3, 3),
        (types.INTEGER, "3", "3"),
        (types.NUMBER, 1e3, "1000"),
    ],
)
def test_the_stored_tree_has_strings_for_decimals(type_, raw, stored):
    assert parsed(type_, "is", raw).stored == stored


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "empty_value"),
        ("", "empty_value"),
        (5, "not_a_text"),
        (True, "not_a_text"),
        (["a"], "not_a_text"),
        ("a" * 1001, "too_long"),
        ("a\0b", "invalid_text"),
        ("\ud800", "invalid_text"),
    ],
)
@pytest.mark.parametrize("type_", [types.TEXT, types.CHOICE], ids=lambda type_: type_.name)
def test_what_is_no_text_is_refused(type_, raw, code):
    assert refusal(type_, "is", raw) == code


def test_a_text_keeps_its_spaces_and_is_compared_folded():
    value = parsed(types.TEXT, "is", " ÄRGER ")
    assert (value.meant, value.stored) == (" ärger ", " ÄRGER ")
    assert parsed(types.TEXT, "is", "a" * 1000).meant == "a" * 1000


def test_a_code_is_compared_exactly():
    assert parsed(types.CHOICE, "is", "VIP").meant == "VIP"


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ({}, {"salt": "missing_key", "to": "missing_key"}),
        ({"salt": "a", "to": 5, "x": 1}, {"x": "unknown_key"}),
        ({"salt": "", "to": 5}, {"salt": "invalid_text"}),
        ({"salt": "a" * 65, "to": None}, {"salt": "invalid_text", "to": "not_a_number"}),
        ({"salt": 1, "to": "many"}, {"salt": "invalid_text", "to": "not_a_number"}),
        (
            {"salt": "ä", "from": True, "to": 1e400},
            {"salt": "invalid_text", "from": "not_a_number", "to": "not_a_number"},
        ),
        ({"salt": "a", "from": -1, "to": "100.01"}, {"from": "out_of_range", "to": "out_of_range"}),
        (
            {"salt": "a", "from": 0.125, "to": "9.123456"},
            {"from": "too_many_decimals", "to": "too_many_decimals"},
        ),
        ({"salt": "a", "from": "7", "to": 7}, {"to": "swapped_ends"}),
        ({"salt": "a", "to": "0"}, {"to": "swapped_ends"}),
    ],
)
def test_what_is_no_part_is_refused_key_by_key(raw, codes):
    with pytest.raises(types.BadKeys) as refused:
        parsed(types.PART, "is_in", raw)
    assert {key: one.code for key, one in refused.value.found} == codes


def test_a_part_is_stored_as_it_is_said():
    assert refusal(types.PART, "is_in", ["a", 1]) == "not_a_part"
    value = parsed(types.PART, "is_in", {"salt": "a.B-1", "from": 0.5, "to": "12.50"})
    assert value.stored == {"salt": "a.B-1", "from": "0.5", "to": "12.50"}
    assert (value.meant.low, value.meant.high) == (50, 1250)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "empty_value"),
        ("", "empty_value"),
        ("true", "not_a_boolean"),
        (1, "not_a_boolean"),
        (0, "not_a_boolean"),
    ],
)
def test_only_jsons_own_booleans_are_taken(raw, code):
    assert refusal(types.BOOLEAN, "is", raw) == code
    assert parsed(types.BOOLEAN, "is", False).meant is False


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "empty_value"),
        ("2026-4-10", "not_a_date"),
        ("10.04.2026", "not_a_date"),
        ("2026-02-29", "not_a_date"),
        ("0000-01-01", "not_a_date"),
        ("2026-04-10 ", "not_a_date"),
        ("2026-04-10T12:00:00Z", "not_a_date"),
        (20260410, "not_a_date"),
    ],
)
def test_what_is_no_date_is_refused(raw, code):
    assert refusal(types.DATE, "is", raw) == code


def test_a_date_is_a_day_of_the_calendar():
    assert parsed(types.DATE, "is", "2024-02-29").meant == date(2024, 2, 29)
    assert parsed(types.DATE, "is", "9999-12-31").meant == date.max


@pytest.mark.parametrize(
    ("raw", "point"),
    [
        ("2026-04-10", date(2026, 4, 10)),
        ("2026-04-10T12:00:00Z", datetime(2026, 4, 10, 12, tzinfo=UTC)),
        ("2026-04-10T12:00:00+02:00", datetime(2026, 4, 10, 10, tzinfo=UTC)),
        ("2026-04-10T12:00-05:30", datetime(2026, 4, 10, 17, 30, tzinfo=UTC)),
        ("2026-04-10T12:00:00.000001Z", datetime(2026, 4, 10, 12, 0, 0, 1, tzinfo=UTC)),
        ("2026-04-10T12:00:00.5Z", datetime(2026, 4, 10, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-04-10T12:00", datetime.fromisoformat("2026-04-10T12:00")),
    ],
)
def test_a_point_in_time_is_a_day_an_instant_or_a_wall_clock_time(raw, point):
    meant = parsed(types.DATETIME, "before", raw).meant
    assert meant == point
    assert getattr(meant, "tzinfo", None) == getattr(point, "tzinfo", None)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-04-10 12:00:00Z",
        "2026-04-10T12Z",
        "2026-04-10T12:00:00.1234567Z",
        "2026-04-10T12:00:00+0200",
        "2026-04-10T12:00:00+02",
        "2026-04-10T25:00:00Z",
        "2026-04-31T12:00:00Z",
        "2026-04-10T12:00:00z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-04-10T12:00:00+25:00",
    ],
)
def test_what_is_no_point_in_time_is_refused(raw):
    assert refusal(types.DATETIME, "before", raw) == "not_a_date"


@pytest.mark.parametrize("operator", ["is", "is_not"])
def test_operators_of_days_take_no_time_of_day(operator):
    assert refusal(types.DATETIME, operator, "2026-04-10T12:00:00Z") == "not_a_date"
    assert parsed(types.DATETIME, operator, "2026-04-10").meant == date(2026, 4, 10)


@pytest.mark.parametrize(
    ("type_", "operator", "raw", "code"),
    [
        (types.INTEGER, "between", [2, 1], "swapped_ends"),
        (types.INTEGER, "between", [1], "not_a_pair"),
        (types.INTEGER, "between", [1, 2, 3], "not_a_pair"),
        (types.INTEGER, "between", 1, "not_a_pair"),
        (types.INTEGER, "between", ["1", None], "empty_value"),
        (types.MONEY, "between", ["100", "99.9999"], "swapped_ends"),
        (types.DATE, "between", ["2026-04-11", "2026-04-10"], "swapped_ends"),
        (types.DATETIME, "between", ["2026-04-11", "2026-04-10T12:00:00Z"], "swapped_ends"),
        (
            types.DATETIME,
            "between",
            ["2026-04-10T12:00:01", "2026-04-10T12:00:00Z"],
            "swapped_ends",
        ),
        (types.TEXT, "is_one_of", "a", "not_a_list"),
        (types.TEXT, "is_one_of", {"a": 1}, "not_a_list"),
        (types.TEXT, "is_one_of", [], "empty_value"),
        (types.TEXT, "is_one_of", ["a", ""], "empty_value"),
        (types.TEXT, "is_one_of", ["a"] * 1001, "too_many_values"),
        (types.DATE, "in_last_days", -1, "out_of_range"),
        (types.DATE, "in_last_days", 36_501, "out_of_range"),
        (types.DATE, "in_last_days", "1.5", "not_a_whole_number"),
        (types.DATE, "in_last_days", None, "empty_value"),
        (types.DATE, "in_last_days", True, "not_a_number"),
        (types.DATETIME, "in_last_hours", 87_601, "out_of_range"),
        (types.DATE, "anniversary_in_next_days", 367, "out_of_range"),
        (types.DATE, "in_period", "this_decade", "unknown_period"),
        (types.DATE, "in_period", "", "empty_value"),
        (types.DATE, "in_period", 7, "unknown_period"),
    ],
)
def test_values_of_the_wrong_shape_or_size_are_refused(type_, operator, raw, code):
    assert refusal(type_, operator, raw) == code


@pytest.mark.parametrize(
    ("type_", "operator", "raw", "meant"),
    [
        (types.INTEGER, "between", [1, 1], (Decimal(1), Decimal(1))),
        (types.DATE, "in_last_days", 36_500, 36_500),
        (types.DATE, "in_last_days", "30", 30),
        (types.DATE, "in_last_days", 30.0, 30),
        (types.DATETIME, "more_than_hours_ago", 87_600, 87_600),
        (types.DATE, "anniversary_in_next_days", 366, 366),
        (types.DATE, "in_period", "last_quarter", "last_quarter"),
        (types.CHOICE, "is_one_of", ["a", "A"], ("a", "A")),
    ],
)
def test_values_at_the_limits_are_taken(type_, operator, raw, meant):
    assert parsed(type_, operator, raw).meant == meant


def test_ends_of_a_range_of_points_are_judged_as_utc_each_by_its_own_rule():
    # The whole day of the second end counts: 12:00 lies before its end.
    parsed(types.DATETIME, "between", ["2026-04-10T12:00:00Z", "2026-04-10"])
    assert types.DATETIME.in_order(date(2026, 4, 10), datetime(2026, 4, 10, tzinfo=UTC))


NUMERIC = {"number", "money", "integer"}


def test_numbers_are_compared_with_numbers_and_others_with_their_own_type():
    found = {
        (left.name, right.name)
        for left in TYPES.values()
        for right in TYPES.values()
        if comparable(left, right)
    }
    assert found == {(name, name) for name in TYPES} | {(a, b) for a in NUMERIC for b in NUMERIC}
