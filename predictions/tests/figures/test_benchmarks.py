"""Own figures of a period counted by hand; foreign ones only from files, with their source."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from conditions.tests.examples.awkward_values import NOW
from core.clock import now
from customers.models import Consent, ConsentState, Purpose, Refund, Website
from predictions.api.throttles import one_at_a_time
from predictions.figures.periods import Period, period_of
from predictions.models import Benchmark
from predictions.scoring.runs import score
from predictions.tasks import keep_views
from predictions.tests.analytics.test_analytics import ask
from predictions.tests.plainly import Plain
from segments.editing.saving import create_segment
from segments.models import Membership
from segments.rules.definition import Definition

__all__ = ["ask"]

HEADER = "metric,value,period,source"
ROWS = (
    "average_order_value,61.5,2026-Q3,Retail Survey 2026",
    "repeat_rate,0.28,2025,Retail Survey 2026",
    "basket_size,3.1,2026-09,Somebody",
)


# Periods ----------------------------------------------------------------------------------------


@given(st.integers(12, 9999 * 12 + 11), st.sampled_from([1, 3, 12]))
def test_a_period_is_written_as_it_is_read(month, months):
    period = Period(month // months * months, months)
    assert period_of(str(period)) == period
    assert period.first.day == 1
    assert period.last == date.max or (period.last + timedelta(days=1)).day == 1
    days = (period.last - period.first).days + 1
    assert days in {1: range(28, 32), 3: range(90, 93), 12: range(365, 367)}[months]
    if period.before is not None:
        assert period.before.last + timedelta(days=1) == period.first
    if period.a_year_before is not None:
        same = period.a_year_before.first
        assert (same.year, same.month) == (period.first.year - 1, period.first.month)
    else:
        assert period.first.year == 1


@pytest.mark.parametrize(
    "text",
    [
        *("", "0000", "26", "2026-13", "2026-00", "2026-Q0", "2026-Q5", "2026-q1", "2026-1"),
        *("２０２６", "2026-10-01", "2026 ", "20260", "last year", "2026-Q33", "-2026", "2026\n"),
    ],
)
def test_what_is_no_period_is_none(text):
    with pytest.raises(ValueError, match="is no period"):
        period_of(text)


# Own figures ------------------------------------------------------------------------------------


@pytest.fixture
def sold(db, make_customer, make_order):
    """Forty customers in two zones with sales at the ends of months, some refunded or refusing."""
    rng = random.Random(7)
    apia = Website.objects.create(code="apia", name="Apia", timezone="Pacific/Apia")
    made = [make_customer(f"B{n}", **({"website": apia} if n % 2 else {})) for n in range(40)]
    ends = [datetime(year, month, 1, tzinfo=UTC) for year in (2022, 2023) for month in range(1, 13)]
    for one in made[:35]:
        for number in range(rng.choice([1, 2, 4, 9])):
            at = rng.choice(ends) + timedelta(hours=rng.uniform(-30, 30), days=rng.choice([0, 9]))
            state = rng.choice(["complete", "complete", "canceled", "closed"])
            make_order(one, at, grand_total=Decimal(rng.randint(0, 90_000)) / 1000, state=state)
            if not number:
                amount = Decimal(rng.randint(1, 900)) / 100
                number = f"refund {one.pk}"
                Refund.objects.create(customer=one, number=number, created_at=at, amount=amount)
    refusing = made[0]
    values = {"purpose": Purpose.PERSONALIZATION, "state": ConsentState.REFUSED}
    Consent.objects.create(customer=refusing, source="test", at=now(), **values)
    return made


def by_hand(first, last, as_of, people=None):
    """Return all figures of the days `first` to `last`, as the API writes them."""
    plain = Plain(as_of)
    refusing = set(Consent.objects.values_list("customer", flat=True))
    found = []
    refunded = Fraction(0)
    buyers, returning = set(), set()
    for one in plain.people:
        if one.pk in refusing or (people is not None and one not in people):
            continue
        for order in plain.sales[one.pk]:
            if first <= plain.day(one, order.created_at) <= last:
                found.append(order)
                buyers.add(one)
        if one in buyers and plain.days[one.pk][0] < first:
            returning.add(one)
        for refund in Refund.objects.filter(customer=one, created_at__lte=as_of):
            if first <= plain.day(one, refund.created_at) <= last:
                refunded += Fraction(refund.amount)
    total = sum((Fraction(order.grand_total) for order in found), Fraction(0))
    return {
        "sales": four(total),
        "orders": len(found),
        "buyers": len(buyers),
        "average_order_value": four(total / len(found)) if found else None,
        "orders_per_buyer": four(Fraction(len(found), len(buyers))) if buyers else None,
        "repeat_rate": four(Fraction(len(returning), len(buyers))) if buyers else None,
        "refund_share": four(refunded / total) if total > 0 else None,
    }


def four(value):
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return f"{exact.quantize(Decimal('0.0001'), rounding=ROUND_HALF_UP) + 0:f}"


def column(body, name):
    return {one["metric"]: one[name] for one in body["metrics"]}


@pytest.mark.parametrize(
    ("period", "names", "ends"),
    [
        ("2023-01", ("2022-12", "2022-01"), ["2023-01-01", "2022-12-01", "2022-01-01"]),
        ("2023-Q2", ("2023-Q1", "2022-Q2"), ["2023-04-01", "2023-01-01", "2022-04-01"]),
        ("2023", ("2022", "2022"), ["2023-01-01", "2022-01-01", "2022-01-01"]),
    ],
)
def test_each_figure_is_what_counting_by_hand_finds(sold, ask, period, names, ends):
    body = ask(view="benchmarks", period=period, as_of=NOW.isoformat()).json()
    assert (body["period"], body["last_period"], body["last_year"]) == (period, *names)
    months = period_of(period).months
    for name, first in zip(("own", "last_period", "last_year"), ends, strict=True):
        begin = date.fromisoformat(first)
        year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
        last = date(year, month + 1, 1) - timedelta(days=1)
        expected = by_hand(begin, last, NOW)
        assert column(body, name) == expected
        if months == 12 and begin.year == 2023:
            assert expected["orders"] > 0 and expected["repeat_rate"] > "0.0000"


def test_what_comes_after_the_moment_does_not_count(sold, ask):
    as_of = datetime(2023, 1, 1, 11, tzinfo=UTC)
    body = ask(view="benchmarks", period="2023-01", as_of=as_of.isoformat()).json()
    assert column(body, "own") == by_hand(date(2023, 1, 1), date(2023, 1, 31), as_of)
    assert not body["is_over"]


def test_usually_it_is_the_last_month_that_is_over(sold, ask):
    body = ask(view="benchmarks", as_of="2023-05-01T00:00:00Z").json()
    assert (body["period"], body["is_over"]) == ("2023-04", True)
    body = ask(view="benchmarks", as_of="2023-04-30T23:59:59Z").json()
    assert (body["period"], body["is_over"]) == ("2023-03", True)


def test_segments_stand_beside_it_by_their_members(sold, ask):
    users = User.objects.filter(username="merchant")
    users.get().user_permissions.add(Permission.objects.get(codename="view_segment"))
    chosen = {}
    for name, members in (("Some", sold[:9]), ("None", [])):
        segment = create_segment(Definition(name), author=None).segment
        Membership.objects.bulk_create(
            Membership(segment=segment, customer=one, entered_at=NOW) for one in members
        )
        chosen[segment.code] = members
    codes = ",".join(chosen)
    body = ask(view="benchmarks", period="2022", segments=codes, as_of=NOW.isoformat()).json()
    assert body["segments"] == list(chosen)
    for code, members in chosen.items():
        found = {one["metric"]: one["segments"][code] for one in body["metrics"]}
        assert found == by_hand(date(2022, 1, 1), date(2022, 12, 31), NOW, members)


def test_segments_need_their_own_permission(sold, ask):
    segment = create_segment(Definition("Secret"), author=None).segment
    for code in (segment.code, "nothing"):
        assert ask(view="benchmarks", segments=code).status_code == 403
    assert ask(view="benchmarks").status_code == 200


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"period": "2026-13"}, "period", "not_a_period"),
        ({"period": "1,000"}, "period", "not_a_period"),
        ({"period": "9" * 400}, "period", "not_a_period"),
        ({"period": ""}, "period", "blank"),
        ({"segments": "nothing"}, "segments", "unknown_segment"),
        ({"segments": ","}, "segments", "unknown_segment"),
        ({"segments": ",".join("abcdefghijk")}, "segments", "too_many"),
        ({"metric": "sales"}, "metric", "unknown_field"),
    ],
    ids=str,
)
def test_what_there_is_not_is_refused_by_its_place(ask, given, path, code):
    users = User.objects.filter(username="merchant")
    users.get().user_permissions.add(Permission.objects.get(codename="view_segment"))
    answer = ask(view="benchmarks", **given)
    assert answer.status_code == 400
    assert (answer.json()["errors"][0]["path"], answer.json()["errors"][0]["code"]) == (path, code)


@pytest.mark.every_case
@pytest.mark.parametrize("period", ["0001", "0001-01", "0001-Q1", "9999", "9999-12", "9999-Q4"])
def test_at_the_ends_of_the_calendar_there_is_an_answer_too(sold, ask, period):
    body = ask(view="benchmarks", period=period).json()
    assert column(body, "own")["orders"] == 0
    if period.startswith("0001"):
        assert (body["last_year"], set(column(body, "last_year").values())) == (None, {None})


def test_it_is_kept_after_a_scoring_and_foreign_figures_are_those_of_now(sold, ask, tmp_path):
    run = score("rfm", as_of=NOW)
    with one_at_a_time():
        assert ask(view="benchmarks").status_code == 503
    computed = ask(view="benchmarks").json()
    keep_views(run.pk)
    with one_at_a_time():
        assert ask(view="benchmarks").json() == computed
        imported(tmp_path, *ROWS)
        body = ask(view="benchmarks").json()
    assert column(body, "foreign")["average_order_value"] is not None
    assert column(body, "own") == column(computed, "own") | {"basket_size": None}


# Foreign figures --------------------------------------------------------------------------------


def imported(path, *rows, header=HEADER):
    """Import rows; return what the command printed."""
    file, out = path / "figures.csv", StringIO()
    file.write_bytes("\n".join((header, *rows)).encode())
    call_command("import_benchmarks", file, stdout=out)
    return out.getvalue()


def stored():
    return sorted(Benchmark.objects.values_list("metric", "value", "period", "source"))


def test_foreign_figures_are_shown_with_their_source_and_else_nothing(db, ask, tmp_path):
    assert set(column(ask(view="benchmarks").json(), "foreign").values()) == {None}
    imported(tmp_path, *ROWS, "repeat_rate,0.3,2026,Another")
    found = column(ask(view="benchmarks").json(), "foreign")
    assert found["average_order_value"] == [
        {"value": "61.5000", "period": "2026-Q3", "source": "Retail Survey 2026"}
    ]
    assert [(one["period"], one["value"]) for one in found["repeat_rate"]] == [
        ("2026", "0.3000"),
        ("2025", "0.2800"),
    ]
    assert found["basket_size"][0]["source"] == "Somebody"
    assert found["sales"] is None


def test_a_file_is_imported_once_and_newer_figures_replace_older_ones(db, tmp_path):
    assert _counts(imported(tmp_path, *ROWS)) == [3, 3, 0, 0, 0]
    assert _counts(imported(tmp_path, *ROWS)) == [3, 0, 0, 3, 0]
    newer = ROWS[0].replace("61.5", "-62.1234")
    assert _counts(imported(tmp_path, newer, "sales,1,2026,Me")) == [2, 1, 1, 0, 0]
    assert stored() == [
        ("average_order_value", Decimal("-62.1234"), "2026-Q3", "Retail Survey 2026"),
        ("basket_size", Decimal("3.1"), "2026-09", "Somebody"),
        ("repeat_rate", Decimal("0.28"), "2025", "Retail Survey 2026"),
        ("sales", Decimal(1), "2026", "Me"),
    ]


def _counts(printed):
    (line,) = [one for one in printed.splitlines() if "figures.csv" in one]
    return [int(cell) for cell in line.split("│") if cell.strip().isdigit()]


def test_columns_may_stand_in_any_order(db, tmp_path):
    imported(tmp_path, "Me,2026,5,sales", header="source,period,value,metric")
    assert stored() == [("sales", Decimal(5), "2026", "Me")]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("sales,,2026,Me", "value: is missing"),
        (",1,2026,Me", "metric: is missing"),
        ("sales,1,,Me", "period: is missing"),
        ("sales,1,2026,", "source: is missing"),
        ("sales,1,2026,  ", "source: is missing"),
        ('sales,"1,000",2026,Me', 'value: "1,000" is not a number'),
        ("sales,NaN,2026,Me", 'value: "NaN" is not a number'),
        ("sales,1e99999,2026,Me", 'value: "1e99999" is not a number'),
        ("sales,1000000001,2026,Me", "value: "),
        ("sales,0.00001,2026,Me", "value: "),
        ("sales,1,2026-13,Me", 'period: "2026-13" is not a period'),
        ("sales,1,last year,Me", "period: "),
        (f"{'m' * 101},1,2026,Me", "metric: "),
        (f"sales,1,2026,{'M' * 256}", "source: "),
        ("sales,1,2026", "has fewer cells than the header"),
        ("sales,1,2026,Me,too", "has more cells than the header"),
        ("sales,1,2026,\0", "source: has a NUL character"),
        (ROWS[0].replace("61.5", "7"), '"average_order_value, 2026-Q3, Retail Survey 2026" stands'),
    ],
)
def test_a_bad_row_is_told_and_nothing_is_written(db, tmp_path, row, said):
    imported(tmp_path, "sales,9,2020,Me")
    before = stored()
    with pytest.raises(CommandError) as refusal:
        imported(tmp_path, ROWS[0], row, ROWS[1])
    lines = str(refusal.value).splitlines()
    assert lines[0].startswith(f"figures.csv:3: {said}")
    assert lines[1:] == ["Nothing was imported."]
    assert stored() == before


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("metric,value,period", "figures.csv:1: source: this column is missing"),
        (f"{HEADER},note", "figures.csv:1: note: unknown column"),
        (f"{HEADER},value", "figures.csv:1: value: this column stands twice"),
        ("", "figures.csv"),
    ],
)
def test_a_header_that_is_none_is_told(db, tmp_path, header, said):
    with pytest.raises(CommandError) as refusal:
        imported(tmp_path, *ROWS, header=header)
    assert str(refusal.value).startswith(said)
    assert not stored()


def test_a_file_that_breaks_off_leaves_nothing(db, tmp_path):
    with pytest.raises(CommandError, match="never closed"):
        imported(tmp_path, *ROWS, 'sales,1,2026,"Me')
    assert not stored()
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_benchmarks", tmp_path / "nowhere.csv")
