"""Cohorts of generated shops are what their words say, cell by cell."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from conditions.tests.examples.awkward_values import NOW
from customers.models import Order, Website
from predictions.history.batches import batches
from predictions.history.cohorts import CohortCounts, cohorts
from predictions.history.population import population
from predictions.tests.plainly import Plain

FIRST_YEARS = datetime(1000, 1, 1, tzinfo=UTC)


def period(by, day):
    return (day.year, day.month) if by == "month" else day - timedelta(days=day.weekday())


def following(by, one):
    if by == "week":
        return one + timedelta(days=7)
    return (one[0], one[1] + 1) if one[1] < 12 else (one[0] + 1, 1)


def named(by, one):
    return one.isoformat() if by == "week" else f"{one[0]:04}-{one[1]:02}"


def plainly(as_of, by):
    """Return by cohort, for each period from its own on, customers, sales and their sum."""
    plain = Plain(as_of)
    last = max(period(by, plain.clock(one).today) for one in plain.people)
    sizes, found = Counter(), defaultdict(lambda: [set(), 0, Decimal(0)])
    for one in plain.buyers:
        first = period(by, plain.days[one.pk][0])
        sizes[first] += 1
        for order in plain.sales[one.pk]:
            cell = found[first, period(by, plain.day(one, order.created_at))]
            cell[0].add(one.pk)
            cell[1] += 1
            cell[2] += order.grand_total
    table = {}
    for first in sorted(sizes):
        cells, at = [], first
        while at <= last:
            cells.append(found[first, at])
            at = following(by, at)
        table[named(by, first)] = cells
    return table


@pytest.mark.parametrize("by", ["month", "week"])
def test_each_cell_is_what_its_words_say(shop, by):
    # From year 1 to now there are a hundred thousand weeks: too many to go through plainly.
    Order.objects.filter(created_at__lt=FIRST_YEARS).delete()
    expected = plainly(NOW, by)
    assert len(expected) > 3

    def table(figure):
        return {
            label: list(cells) for label, cells in cohorts(as_of=NOW, by=by, figure=figure).rows
        }

    def cells(of):
        return {label: [of(cell, row) for cell in row] for label, row in expected.items()}

    assert table("customers") == cells(lambda cell, row: len(cell[0]))
    assert table("orders") == cells(lambda cell, row: cell[1])
    assert table("sales") == cells(lambda cell, row: cell[2])
    share = Decimal("0.0001")
    assert table("retention") == cells(
        lambda cell, row: (Decimal(len(cell[0])) / len(row[0][0])).quantize(share)
    )
    sums = {
        label: [sum(cell[2] for cell in row[: k + 1]) for k in range(len(row))]
        for label, row in expected.items()
    }
    assert table("cumulative_sales") == sums


def test_a_month_is_over_for_some_and_not_for_others(db, make_customer, make_order):
    apia = Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    at = datetime(2024, 1, 31, 20, 0, tzinfo=UTC)
    make_order(make_customer("here"), at)
    make_order(make_customer("there", website=apia), at)
    found = cohorts(as_of=at)
    assert found.rows == [("2024-01", [1, 0]), ("2024-02", [1])]
    assert found.incomplete == ["2024-01", "2024-02"]


def test_the_first_cohorts_are_left_out_of_what_is_too_large(db, make_customer, make_order):
    for number, year in enumerate((2000, 2023, 2024)):
        make_order(make_customer(str(number)), datetime(year, 2, 7, 12, 0, tzinfo=UTC))
    counts = CohortCounts("month")
    for batch in batches(population(NOW), NOW):
        counts.add(batch)
    everything = counts.cohorts("customers")
    assert ([label for label, _cells in everything.rows], everything.left_out) == (
        ["2000-02", "2023-02", "2024-02"],
        0,
    )
    assert [len(cells) for _label, cells in everything.rows] == [290, 14, 2]
    for most, left_out in ((306, 0), (305, 1), (16, 1), (15, 2), (1, 3)):
        found = counts.cohorts("customers", most)
        assert (found.rows, found.left_out) == (everything.rows[left_out:], left_out)
        assert found.incomplete == everything.incomplete


@pytest.mark.parametrize(("by", "labels"), [("month", ["1974-04"]), ("week", ["1974-03-11"])])
def test_an_impossible_date_makes_no_cohort(db, make_customer, make_order, by, labels):
    assert NOW.date() == date(2024, 3, 10)
    first = date(1974, 4, 1) if by == "month" else date.fromisoformat(labels[0])
    for number, day in enumerate((date(1, 1, 1), first - timedelta(days=1), first)):
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        make_order(make_customer(str(number)), at)
    found = cohorts(as_of=NOW, by=by)
    assert ([label for label, _cells in found.rows], found.left_out) == (labels, 2)


def test_of_nobody_there_are_none(db):
    assert cohorts(as_of=NOW).rows == []


def test_weeks_begin_on_monday(db, make_customer, make_order):
    make_order(make_customer("A"), datetime(2024, 3, 10, 23, 0, tzinfo=UTC))
    make_order(make_customer("B"), datetime(2024, 3, 11, 0, 0, tzinfo=UTC))
    found = cohorts(as_of=datetime(2024, 3, 11, 1, 0, tzinfo=UTC), by="week")
    assert [label for label, _cells in found.rows] == ["2024-03-04", "2024-03-11"]
    assert date.fromisoformat(found.incomplete[0]) == date(2024, 3, 11)
