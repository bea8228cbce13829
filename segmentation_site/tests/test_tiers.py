"""No test falls between the tiers and the databases."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import tiers


class Item:
    """A collected test, as far as the tiers look at it."""

    def __init__(
        self, name: str, *markers: str, file: str = "test_lists.py", cls: Any = None, **values: Any
    ):
        self.cls = cls
        self.path = Path("/shop/segments/tests") / file
        self.nodeid = f"segments/tests/{file}::{name}"
        self.markers = {marker: SimpleNamespace(kwargs={}) for marker in markers} | values
        self.fixturenames = ["db"]

    def get_closest_marker(self, name: str) -> Any:
        return self.markers.get(name)


REAL = SimpleNamespace(kwargs={"transaction": True})


def shared(items: list[Any], vendor: str, monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    monkeypatch.setattr(tiers, "connection", SimpleNamespace(vendor=vendor))
    return {one.nodeid for one in tiers._left_to_the_other_database(items)}


def test_databases_share_each_test_and_its_cases_stay_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [Item(f"test_{number}[{case}]") for number in range(7) for case in "ab"]
    on_postgresql = shared(items, "sqlite", monkeypatch)
    on_sqlite = shared(items, "postgresql", monkeypatch)

    assert on_postgresql | on_sqlite == {one.nodeid for one in items}
    assert on_postgresql & on_sqlite == set()
    assert len(on_postgresql) == 4


def test_what_differs_by_database_is_left_to_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [
        *(Item(f"test_{number}", file="test_conditions.py") for number in range(3)),
        *(Item(f"test_both_{number}", "both") for number in range(3)),
        *(Item(f"test_once_{number}", "once") for number in range(3)),
        *(Item(f"test_real_{number}", django_db=REAL) for number in range(3)),
    ]
    for vendor in ("sqlite", "postgresql"):
        assert shared(items, vendor, monkeypatch) == set()


def test_of_many_cases_a_few_are_asked_and_the_first_always() -> None:
    for count in range(1, 30):
        items: list[Any] = [Item(f"test_it[{number}]") for number in range(count)]
        asked = [one for one in items if one not in tiers._other_cases(items)]
        assert asked[0] is items[0]
        assert min(count, 2) <= len(asked) <= tiers.MOST_CASES
    every: list[Any] = [Item(f"test_it[{number}]", "every_case") for number in range(30)]
    assert tiers._other_cases(every) == set()


def test_generated_examples_have_one_case_even_of_conditions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiers, "_generates_examples", lambda item: True)
    items: list[Any] = [Item(f"test_it[{shop}]", file="test_conditions.py") for shop in "abc"]
    assert tiers._other_cases(items) == {*items[1:]}


def test_each_law_is_asked_of_some_class_and_each_class_some_law() -> None:
    classes = [type(name, (), {"test_own": None}) for name in ("TestA", "TestB", "TestC")]
    names = ("test_own", "test_one", "test_two", "test_three")
    items: list[Any] = [
        Item(f"{cls.__name__}::{name}", cls=cls) for cls in classes for name in names
    ]
    others = tiers._other_classes(items)
    asked = [one for one in items if one not in others]
    assert len(asked) == 6
    laws = [one.nodeid.rpartition("::")[2] for one in asked]
    assert laws.count("test_own") == 3
    assert set(laws) == set(names)


def test_every_second_test_of_pages_is_left_to_all_but_no_figures() -> None:
    items: list[Any] = [Item(f"test_{number}", "once", file="test_page.py") for number in range(4)]
    assert tiers._other_tests_of_pages(items) == {items[1], items[3]}
    figures: list[Any] = [Item(f"test_{number}", "both", file="test_page.py") for number in (0, 1)]
    assert tiers._other_tests_of_pages(figures) == set()


@pytest.mark.parametrize(
    ("share", "many", "few"),
    [(tiers.SEARCHING, 150, 12), (tiers.ALL, 30, 12), (tiers.DEFAULT, 7, 3)],
)
def test_fewer_examples_are_generated_where_they_are_the_same_in_each_run(
    share: tuple[int, int], many: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "_share_of_examples", share)
    assert tiers.examples(150) == many
    assert tiers.examples(12) == few
    assert tiers.examples(2) == 2
