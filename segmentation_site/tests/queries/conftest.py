"""Every page and call, asked in a small shop and in one with more of everything."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from django.utils import timezone

from segmentation_site.tests.access.calls import boss, places, told
from segmentation_site.tests.queries.asked import FEW, MORE, Cost, costs
from segmentation_site.tests.queries.numbers import queries_of
from segmentation_site.tests.queries.shop import begin, grow, rows_by_model
from tests.factories.segments import Clock

__all__ = ["boss", "places"]


@dataclass(frozen=True)
class Asked:
    """A shop's rows by model, and what each page and call costs by its name in the table."""

    rows: dict[str, int]
    costs: dict[str, Cost]


@pytest.fixture(scope="module")
def one_moment() -> Iterator[None]:
    """Let no time pass: what is done once a minute is done in none of the requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", Clock())
        yield


@pytest.fixture(scope="module")
def small_shop(one_moment: None, boss: str, places: dict[str, str]) -> Asked:
    """What everything costs in a shop with few rows, and how many rows of each model there are."""
    begin(partial(told, boss))
    return _grown(0, FEW, boss, places, queries_of)


@pytest.fixture(scope="module")
def larger_shop(small_shop: Asked, boss: str, places: dict[str, str]) -> Asked:
    """The same shop with more rows; before it grows, everything has been asked of the small one."""
    return _grown(FEW, MORE, boss, places, lambda called: len(small_shop.costs[called].queries))


def _grown(
    before: int,
    many: int,
    boss: str,
    places: dict[str, str],
    expected: Callable[[str], int | None],
) -> Asked:
    for number in range(before, many):
        grow(number, partial(told, boss))
    return Asked(rows_by_model(), costs(places, boss, many, expected))
