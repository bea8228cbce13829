"""What `python -m benchmarks` holds against each other answers the same, and its sums are right."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection

from benchmarks.growth import LINE, apart, curves, draw
from benchmarks.measure import Goal, Kind, Row, document, geometric_mean, in_turn, table
from benchmarks.preview import AS_OF, ours, same_count, summary
from benchmarks.trees import TREES, parts
from customers.generate.shop import generate_shop
from customers.models import Customer, DirtyCustomer, Order

CUSTOMERS = 1_500


@pytest.fixture
def shop(db: None) -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("the other two forms are PostgreSQL's")
    generate_shop(CUSTOMERS, 1, AS_OF)
    with parts():
        yield


def test_all_three_forms_of_every_tree_count_the_same(shop: None) -> None:
    counts = {name: same_count(name) for name in TREES}
    everybody = Customer.objects.filter(is_active=True, kind="registered").count()
    assert [name for name, count in counts.items() if not 0 < count < everybody] == []


def test_they_do_for_customers_whose_figures_are_not_up_to_date(shop: None) -> None:
    before = {name: ours(name) for name in TREES}
    DirtyCustomer.objects.all().delete()
    orders = list(Order.objects.order_by("pk").values_list("pk", flat=True))
    Order.objects.filter(pk__in=orders[::3]).update(grand_total=900)
    Order.objects.filter(pk__in=orders[1::3]).update(state="canceled")
    after = {name: same_count(name) for name in TREES}
    assert after["lifetime sales"] != before["lifetime sales"]
    assert after["days since last order"] != before["days since last order"]


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
