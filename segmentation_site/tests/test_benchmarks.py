"""What `python -m benchmarks` holds against each other answers the same, and its sums are right."""

import json
from argparse import Namespace
from itertools import count, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, connection, transaction
from pyarrow import parquet

from benchmarks import changes, embedded, measure, pages
from benchmarks.__main__ import EMBEDDED, LARGE, PARTS, refusal
from benchmarks.growth import LINE, apart, curves, draw
from benchmarks.growth import table as drawn_table
from benchmarks.made import made
from benchmarks.measure import Goal, Kind, Row, document, geometric_mean, in_turn, table
from benchmarks.multiply import Refused, belonging, multiply
from benchmarks.preview import AS_OF, ours, same_count, summary
from benchmarks.report import NothingInCommon, compare_runs, report, three
from benchmarks.trees import TREES, parts
from conditions.upkeep.rollup import reconcile
from core.text.folding import fold
from customers.changes.triggers import faults
from customers.generate.shop import generate_shop
from customers.models import Customer, Order
from customers.snapshots.exporting import export_snapshot
from segments.models import Segment
from segments.refresh import refresh_segment
from tests.lazy import LazyModule
from tests.patches import patch_import

snapshots = LazyModule("benchmarks.snapshots")


@pytest.fixture
def plain_shop(db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("it is PostgreSQL's shops that are multiplied")
    generate_shop(200, 1, AS_OF)


def test_a_shop_is_multiplied(plain_shop: None) -> None:
    with parts():
        before = {name: ours(name) for name in TREES}
    rows = rows_of_each()
    made_by = made_tables()
    assert multiply(3) == 600
    assert made_tables() == made_by
    assert faults() == []
    assert rows_of_each() == {model: count * 3 for model, count in rows.items()}
    assert {"Customer", "Address", "OrderItem", "RefundItem", "CartItem"} < set(rows)
    with parts():
        assert {name: same_count(name) for name in TREES} == {
            name: count * 3 for name, count in before.items()
        }
    assert reconcile() == 0
    emails = dict(Customer.objects.exclude(email="").values_list("email", "email_folded"))
    assert len(emails) == Customer.objects.exclude(email="").count()
    assert [email for email, folded in emails.items() if fold(email) != folded] == []
    last = Customer.objects.order_by("-pk")[0]
    again = Customer.objects.create(
        external_id="new", group=last.group, website=last.website, store=last.store
    )
    assert again.pk > last.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=again.pk).update(external_id=last.external_id)


def test_what_a_shop_is_multiplied_without_stays_with_whom_it_is(plain_shop: None) -> None:
    before = rows_of_each()
    assert before["CartItem"] and before["ProductView"]
    multiply(2, without=["Cart", "ProductView"])
    assert rows_of_each() == {
        model: count * (1 if model in {"Cart", "CartItem", "AppliedRule", "ProductView"} else 2)
        for model, count in before.items()
    }
    assert reconcile() == 0


def test_nothing_is_left_behind_that_others_refer_to(plain_shop: None) -> None:
    with pytest.raises(Refused, match="Refund has order"):
        multiply(2, without=["Order"])
    with pytest.raises(Refused, match="customers: Customer, Stove"):
        multiply(2, without=["Stove", "Customer"])


def rows_of_each() -> dict[str, int]:
    """Of each model with rows that belong to customers how many there are."""
    counts = {model.__name__: model._base_manager.count() for model in belonging()}
    return {name: count for name, count in counts.items() if count}


def made_tables() -> list[tuple[str, ...]]:
    """All indexes and constraints of the database, as they are defined."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename::text, indexname::text, indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' UNION ALL"
            " SELECT conrelid::regclass::text, conname::text,"
            " pg_get_constraintdef(oid) || convalidated FROM pg_constraint ORDER BY 1, 2, 3"
        )
        return list(cursor.fetchall())


def test_a_shop_with_segments_is_not_multiplied(plain_shop: None) -> None:
    with parts(), pytest.raises(Refused, match="segments"):
        multiply(2)
    with pytest.raises(Refused, match="2 or more"):
        multiply(1)
    assert Customer.objects.count() == 200


OPTIONS = Namespace(rounds=1, seconds=0.0, plans=False)


@pytest.mark.exhaustive
def test_what_is_measured_of_an_embedded_shop(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("it is a shop on SQLite")
    generate_shop(200, 1, AS_OF)
    monkeypatch.setattr(changes, "CUSTOMERS", 50)
    monkeypatch.setattr(embedded, "SEGMENTS", 4)
    monkeypatch.setattr(embedded, "IMPORTED", 20)
    monkeypatch.setattr(pages, "SEGMENTS", 4)
    monkeypatch.setattr(pages, "OF_CUSTOMER", 2)
    monkeypatch.setattr(pages, "RULES", 3)
    before = list(Order.objects.order_by("pk").values_list("grand_total", flat=True))
    found = {row.what: row for row in embedded.rows(OPTIONS)}
    with parts():
        assert {name: found.pop(f"count: {name}").amount for name in TREES} == {
            name: ours(name) for name in TREES
        }
    assert {what: row.unit for what, row in found.items()} == {
        "refresh of 4 segments from empty": "members",
        "refresh of 4 segments, nothing changed": "",
        "an order each of 50 x 4 segments": "asked",
        "import of 20 customers with orders, SQLite": "rows a second",
        "the list of 4 segments": "queries",
        "a customer in 2 segments": "queries",
        "the overview": "queries",
        "4 segments from the API": "queries",
        "3 price rules from the API": "queries",
    }
    assert found["an order each of 50 x 4 segments"].amount == 3
    assert found["import of 20 customers with orders, SQLite"].amount
    assert [row.what for row in found.values() if not row.ours or row.goals] == []
    assert list(Order.objects.order_by("pk").values_list("grand_total", flat=True)) == before


def test_sqlite_is_told_which_parts_need_postgresql() -> None:
    assert refusal(["preview", EMBEDDED, LARGE], "sqlite").startswith(
        "These parts need PostgreSQL (DATABASE_URL=postgres://...): preview, large."
    )
    assert refusal([EMBEDDED], "sqlite") == refusal([*PARTS, LARGE], "postgresql") == ""
    assert refusal([*PARTS, EMBEDDED], "postgresql").startswith("embedded is measured on SQLite")


def test_a_segment_that_was_never_refreshed_stops_a_benchmark_of_changes(
    db: None, settings: Any
) -> None:
    settings.COSTLY_SECONDS = 9
    with made(2, changes.birthday) as segments:
        refresh_segment(segments[0])
        with pytest.raises(changes.NotFollowing, match="1 of 2"):
            changes.check_following(segments)
        refresh_segment(segments[1])
        changes.check_following(segments)
        Segment.objects.filter(pk=segments[1].pk).update(batch_seconds=9)
        with pytest.raises(changes.NotFollowing, match="1 of 2"):
            changes.check_following(segments)


def test_a_ratio_is_of_medians_and_goals_go_by_it() -> None:
    row = Row(
        "p",
        "w",
        [10, 30, 20],
        "other",
        [100, 400, 200],
        (Goal(Kind.FASTER, 10), Goal(Kind.MILLISECONDS, 20)),
    )
    assert (row.ratio, row.met) == (0.1, True)
    assert "10.0x faster" in table([row])
    assert Goal(Kind.FASTER, 11).is_met(row) is False
    assert Goal(Kind.TIMES, 0.05).is_met(row) is False
    assert Goal(Kind.ROWS, 0).is_met(Row("p", "w", amount=1)) is False
    assert Row("p", "w", [1]).met is None
    found = json.loads(document([row], {"processors": 2}))
    assert found["rows"][0]["ours"] == {"ms": 20, "least": 10, "most": 30}


def test_all_are_asked_in_each_round_and_another_one_first() -> None:
    asked: list[str] = []
    times = in_turn(lambda: asked.append("a"), lambda: asked.append("b"), rounds=2)
    assert asked == [*"ab", *"ab", *"ba"]
    assert [len(one) for one in times] == [2, 2]


def test_what_is_short_is_asked_in_more_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = count(step=60)
    patch_import(monkeypatch, measure, "time", perf_counter=lambda: float(next(minutes)))
    (times,) = in_turn(lambda: None, rounds=2, seconds=1000.0)
    # Of each round two looks at the clock are the work's own, and one asks whether it is time.
    assert times == [60_000.0] * 6
    (few,) = in_turn(lambda: None, rounds=2, seconds=100.0)
    assert len(few) == 2


def test_the_summary_names_the_least_and_the_worst() -> None:
    def row(what: str, against: str, theirs: float) -> Row:
        return Row("preview", what, [10], against, [theirs])

    mean, least, worst = summary(
        [
            row("fast", "Maho's form", 160),
            row("slow", "Maho's form", 10),
            row("fast", "by hand", 5),
            row("slow", "by hand", 20),
        ]
    )
    assert mean.ratio == pytest.approx(1 / 4) == geometric_mean([1 / 16, 1])
    assert (least.what, least.ratio, least.met) == ("the least: slow", 1, True)
    assert (worst.what, worst.ratio, worst.met) == ("the worst: fast", 2, False)


def run(customers: int, **milliseconds: float) -> dict[str, Any]:
    rows = [Row("preview", what, [ms], grows=True) for what, ms in milliseconds.items()]
    rows.append(Row("tree", "does not grow", [1]))
    return json.loads(document(rows, {"rows": {"Customer": customers}}))


def measured_at(customers: int, *rows: Row) -> dict[str, Any]:
    machine = {"rows": {"Customer": customers}, "database": "P 15 on x86", "load": 1.2345}
    return json.loads(document(rows, machine))


def test_results_are_reported_with_their_sizes_side_by_side() -> None:
    faster, times = Goal(Kind.FASTER, 5), Goal(Kind.TIMES, 1.3)
    small = measured_at(
        1_000,
        Row("preview", "simple field", [10], "Maho's form", [123.4], (faster,)),
        Row("preview", "simple field", [10], "by hand", [5], (times,)),
        Row("preview", "geometric mean", (), "Maho's form", (), (faster,), given=0.5),
        Row("refresh", "from empty", [1234.5], "by hand", [1000], (times,), amount=7, unit="rows"),
        Row("large", "simple field", [20], "by hand", [5], (times,)),
        Row("embedded", "count: simple field", [0.01234]),
    )
    large = measured_at(
        10_000,
        Row("large", "simple field", [99.96], "by hand", [100], (times,)),
        Row("large", "a figure", [5], goals=(Goal(Kind.MILLISECONDS, 4),)),
    )
    assert report([large, small]).splitlines() == [
        "| tree | 1,000: ours, ms | against Maho's form | against by hand"
        " | 10,000: ours, ms | against Maho's form | against by hand |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| simple field | 10.0 | 12.3x faster | **2.00x** | 100 |  | 1.00x |",
        "",
        "- 1,000, geometric mean, against Maho's form: **2.00x faster** (goal >= 5x faster)",
        "",
        "| what | 1,000: ours | against | ratio | met | 10,000: ours | against | ratio | met"
        " | goal |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        "| refresh: from empty | 1,230 ms, 7 rows | by hand: 1,000 ms | 1.23x | yes"
        " |  |  |  |  | <= 1.3x |",
        "| large: a figure |  |  |  |  | 5.00 ms |  |  | **no** | <= 4 ms |",
        "",
        "| what | 1,000: ours | against | ratio | met | goal |",
        "| --- | --- | --- | --- | --- | --- |",
        "| embedded: count: simple field | 0.0123 ms |  |  |  |  |",
        "",
        "- Customer 10,000; database P 15, load 1.23",
        "- Customer 1,000; database P 15, load 1.23",
    ]


def test_a_second_run_is_held_against_the_first() -> None:
    def one(customers: int, ratio: float, other: float) -> dict[str, Any]:
        return measured_at(
            customers,
            Row("p", "a", [ratio], "x", [1]),
            Row("p", "b", [other], "y", [1]),
            Row("p", "without a ratio", [1]),
        )

    first = [one(10, 1, 4), one(100, 1, 1)]
    assert compare_runs(first, [one(10, 1.1, 3.5)]) == (
        "A second run's ratios differ by at most 14% (goal 20%, met):"
        " p: b, against y, at 10: 4.00 and 3.50, 14%."
    )
    assert compare_runs(first, [one(10, 1.3, 2)]).splitlines() == [
        "A second run's ratios differ by at most 100% (goal 20%, NOT met by 2 of 2):"
        " p: b, against y, at 10: 4.00 and 2.00, 100%.",
        "- p: a, against x, at 10: 1.00 and 1.30, 30%",
    ]
    with pytest.raises(NothingInCommon):
        compare_runs(first, [one(1_000, 1, 1)])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9.999, "10.0"),
        (999.6, "1,000"),
        (123456, "123,000"),
        (0.5, "0.500"),
        (36, "36.0"),
    ],
)
def test_figures_have_three_significant_digits(number: float, text: str) -> None:
    assert three(number) == text


def test_growth_is_time_for_each_customer_by_the_decade() -> None:
    runs = [
        run(1_000_000, flat=1_000, steep=8_000),
        run(10_000, flat=10, steep=20, gone=1),
        run(100_000, flat=100, steep=200),
    ]
    flat, steep = curves(runs)
    assert (flat.what, steep.what) == ("flat", "steep")
    assert flat.points == ((10_000, 1), (100_000, 1), (1_000_000, 1))
    assert (flat.factor, steep.factor) == pytest.approx((1, 4))
    half_a_decade = curves([run(10_000, one=10), run(1_000_000, one=4_000)])[0]
    assert half_a_decade.factor == pytest.approx(2)


def test_of_the_largest_shop_there_may_be_few_rows_and_of_a_size_two_runs() -> None:
    runs = [run(10, one=1, two=2), run(100, one=10), run(100, two=40), run(1000, one=100)]
    one, two = curves(runs)
    assert [n for n, _time in one.points] == [10, 100, 1000]
    assert (two.points, two.factor) == (((10, 200), (100, 400)), 2)
    line = drawn_table([one, two]).splitlines()[-1]
    assert line.split() == ["two", "200.000", "400.000", "2.00x", "NO"]


def test_one_size_does_not_grow() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        curves([run(10, a=1), run(10, a=2)])


def test_growth_is_drawn(tmp_path: Path) -> None:
    files = []
    for customers in (10_000, 100_000):
        file = tmp_path / f"{customers}.json"
        found = run(customers, flat=customers, **{"3 < 4 & more": customers**1.5})
        file.write_text(json.dumps(found))
        files.append(file)
    svg = tmp_path / "growth.svg"
    text = draw(files, svg)
    assert [line.rsplit(maxsplit=2)[1:] for line in text.splitlines()[1:]] == [
        ["1.00x", "yes"],
        ["3.16x", "NO"],
    ]
    root = ElementTree.parse(svg).getroot()
    space = {"s": "http://www.w3.org/2000/svg"}
    names = [name.text for name in root.findall(".//s:text[@class='name']", space)]
    assert names == ["flat, 1.00x", "3 < 4 & more, 3.16x"]
    assert len(root.findall(".//s:path", space)) == 2
    level, rising = (circles(group) for group in root.findall("s:g", space))
    assert level[0][1] == level[1][1] and rising[0][1] > rising[1][1]
    assert level[0][0] < level[1][0]


def circles(group: ElementTree.Element) -> list[tuple[float, float]]:
    found = group.findall("{http://www.w3.org/2000/svg}circle")
    return [(float(one.get("cx", "")), float(one.get("cy", ""))) for one in found]


def test_names_do_not_cover_each_other() -> None:
    places = apart([100, 101, 102, 505, 509])
    assert all(b - a >= LINE for a, b in pairwise(places))
    assert places[0] == 100 and places[-1] <= 510


@pytest.mark.django_db(transaction=True)
def test_each_stream_of_copy_has_the_rows_of_a_shop_snapshot(tmp_path: Path) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("shop snapshots are PostgreSQL's")
    generate_shop(60, 1, AS_OF)
    tables = export_snapshot(str(tmp_path)).manifest.tables
    for way in snapshots.WAYS.values():
        snapshots.one_stream(tmp_path, snapshots.sources_now(), way)
        for name, one in tables.items():
            files = [tmp_path / file.path for file in one.files]
            key = next(iter(one.columns))
            ours = [row for file in files for row in parquet.read_table(file).to_pylist()]
            theirs = parquet.read_table(tmp_path / "stream" / f"{name}.parquet").to_pylist()
            assert sorted(ours, key=itemgetter(key)) == sorted(theirs, key=itemgetter(key)), name
