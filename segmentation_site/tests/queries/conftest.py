"""Every page and call, asked in a small shop and in one with more of everything."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from segmentation_site.tests.access.calls import boss, places, told
from segmentation_site.tests.queries.asked import FEW, MORE, Cost, costs
from segmentation_site.tests.queries.shop import begin, grow, rows_by_model
from segments.tests.conftest import Clock

__all__ = ["boss", "places"]


@pytest.fixture(scope="module")
def one_moment() -> Iterator[None]:
    """Let no time pass: what is done once a minute is done in none of the requests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "now", Clock())
        yield


@pytest.fixture(scope="module")
def shops(
    one_moment: None, boss: str, places: dict[str, str]
) -> tuple[tuple[dict[str, int], dict[str, Cost]], ...]:
    """How many rows of each model there are, and what everything costs: with few, with more."""

    ask = partial(told, boss)
    begin(ask)
    found = []
    for before, many in ((0, FEW), (FEW, MORE)):
        for number in range(before, many):
            grow(number, ask)
        found.append((rows_by_model(), costs(places, boss, many)))
    return tuple(found)


@pytest.fixture(scope="module")
def few(shops: Any) -> dict[str, Cost]:
    """What everything costs in the shop with few rows, by what it is called in the table."""
    return dict(shops[0][1])


@pytest.fixture(scope="module")
def more(shops: Any) -> dict[str, Cost]:
    """What it costs in the shop with more rows."""
    return dict(shops[1][1])
