"""The season of purchases, against the contract's figures and sums that are written out."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from predictions.season import clock, ends_in_season, histories_in_season, month_index

EXPECTED = Path(settings.BASE_DIR).parent / "shared" / "data" / "lists_expected.json"
# August, where nobody buys, and a busy December among the other months.
INDEX = dict.fromkeys(range(1, 13), 0.9) | {8: 0.0, 12: 2.1}


@pytest.mark.skipif(not EXPECTED.exists(), reason="the data are not there")
def test_index_is_the_expected_one():
    for case in json.loads(EXPECTED.read_text())["functions"]["month_index"]:
        found = month_index([tuple(row) for row in case["rows"]])
        if case["index"] is None:
            assert found is None
        else:
            assert found == pytest.approx({int(m): v for m, v in case["index"].items()}, abs=1e-8)


def months(number):
    return [f"{2020 + n // 12}-{n % 12 + 1:02}" for n in range(number)]


def test_first_month_without_earlier_buyers_costs_no_year():
    rows = [(month, 30 if month.endswith("12") else 10, 100, 30) for month in months(24)]
    rows[0] = (rows[0][0], 3, 0, 30)
    found = month_index(rows)
    assert found[12] == pytest.approx(3 * found[11])
    assert sum(found.values()) == pytest.approx(12)


def test_months_with_a_gap_are_refused():
    rows = [(month, 1, 1, 30) for month in months(30)]
    with pytest.raises(ValueError, match="missing"):
        month_index([*rows[:7], *rows[8:]])


def test_clock_is_the_sum_over_the_days_before():
    for first in (date(1968, 2, 27), date(2023, 7, 30)):
        days = [first + timedelta(days=n) for n in range(900)]
        passed = clock(INDEX, days[-1]) - clock(INDEX, first)
        assert passed == pytest.approx(sum(INDEX[day.month] for day in days[:-1]))
    assert clock(INDEX, date(1970, 1, 1)) == 0.0


def test_histories_and_ends_follow_the_clock():
    today = date(2024, 1, 10)
    number = today.toordinal()
    rows = np.array([[2.0, 20.0, 40.0], [np.nan, np.nan, np.nan]])
    (x, t_x, age), missing = histories_in_season(INDEX, rows, np.array([number, number])).tolist()
    assert x == 2.0
    first, last = today - timedelta(days=40), today - timedelta(days=20)
    assert t_x == pytest.approx(clock(INDEX, last) - clock(INDEX, first))
    assert age == pytest.approx(clock(INDEX, today) - clock(INDEX, first))
    assert np.isnan(missing).all()
    ahead = clock(INDEX, today + timedelta(days=30)) - clock(INDEX, today)
    assert ends_in_season(INDEX, number, np.array([0.0, 30.0])).tolist() == [0.0, ahead]
