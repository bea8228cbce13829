"""No test falls between the tiers and the databases."""

from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from xdist.scheduler import LoadGroupScheduling

from tests import cases, tiers


class Item:
    """A collected test, as far as the tiers look at it."""

    def __init__(
        self,
        name: str,
        *markers: str,
        file: str = "test_lists.py",
        cls: Any = None,
        module: Any = None,
        **values: Any,
    ):
        self.cls, self.module = cls, module
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


def test_tests_of_a_file_are_one_group_of_xdist(request: pytest.FixtureRequest) -> None:
    items = [copy(item) for item in request.session.items if item.path == request.path]
    tiers._write_groups(items)
    scopes = {LoadGroupScheduling._split_scope(cast(Any, None), item.nodeid) for item in items}
    assert len(scopes) == 1 < len(items)


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
        *(Item(f"test_of_one_{number}", "skipif") for number in range(3)),
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


def test_sqlite_runs_all_cases_of_a_test_and_postgresql_a_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items: list[Any] = [Item(f"test_it[{number}]") for number in range(9)]
    items += [Item(f"test_all[{number}]", "exhaustive") for number in range(9)]
    left = {}
    for vendor in ("sqlite", "postgresql"):
        monkeypatch.setattr(tiers, "connection", SimpleNamespace(vendor=vendor))
        left[vendor] = tiers._cases_left_to_sqlite(items)
    assert left["sqlite"] == set()
    assert len(left["postgresql"]) == 2 * (9 - tiers.MOST_CASES)


@pytest.mark.parametrize(
    ("markers", "values"),
    [
        (["browser"], {}),
        (["every_case"], {}),
        (["skipif"], {}),
        ([], {"django_db": REAL}),
        ([], {"file": "test_conditions.py"}),
        ([], {"module": SimpleNamespace(connection=1)}),
        ([], {"module": SimpleNamespace(seeds=1)}),
        ([], {"module": SimpleNamespace(subprocess=1)}),
    ],
    ids=str,
)
def test_postgresql_runs_all_cases_of_what_concerns_it(
    markers: list[str], values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiers, "connection", SimpleNamespace(vendor="postgresql"))
    items: list[Any] = [Item(f"test_it[{number}]", *markers, **values) for number in range(9)]
    assert tiers._cases_left_to_sqlite(items) == set()


def test_generated_examples_have_one_case_even_of_conditions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tiers, "_generates_examples", lambda item: True)
    items: list[Any] = [Item(f"test_it[{shop}]", file="test_conditions.py") for shop in "abc"]
    assert tiers._other_cases(items) == {*items[1:]}


@pytest.mark.parametrize(("many", "asked"), [(1, 1), (2, 1), (3, 1), (7, 2)])
def test_each_law_is_asked_of_every_third_class_and_of_one_at_least(many: int, asked: int) -> None:
    laws = {f"test_{law}": lambda self: None for law in ("one", "two", "three")}
    base = type("Laws", (), {**laws, "test_two": lambda self: 2, "test_three": lambda self: 3})
    classes = [type(f"Test{number}", (base,), {"test_own": None}) for number in range(many)]
    items: list[Any] = [
        Item(f"{cls.__name__}::{name}", cls=cls) for cls in classes for name in ("test_own", *laws)
    ]
    others = tiers._other_classes(items)
    names = [item.nodeid.rpartition("::")[2] for item in items if item not in others]
    assert names.count("test_own") == many
    assert all(names.count(law) >= asked for law in laws)
    assert all(names.count(law) <= asked + 1 for law in laws)


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


def test_divided_cases_are_asked_by_both_together_and_by_one_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(cases.SHARED, raising=False)
    assert cases.half("abcde") == "abcde"
    assert [one.values[0] for one in cases.seeds(7)[1:]] == [3, 6, 1, 2, 4, 5]
    monkeypatch.setenv(cases.SHARED, "yes")
    asked: list[str] = []
    for vendor in ("sqlite", "postgresql"):
        monkeypatch.setattr(cases, "connection", SimpleNamespace(vendor=vendor))
        asked += cases.half("abcde")
    assert sorted(asked) == [*"abcde"]
