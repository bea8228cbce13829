"""The rows of a training: who had bought as of a cut."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256

from predictions.features.shop import ShopFigures, shop_figures
from predictions.features.subjects import Subjects
from predictions.history.batches import batches
from predictions.history.population import population
from segments.models import Segment


def buyers(
    as_of: datetime, segment: Segment | None, *, with_lines: bool = False
) -> tuple[ShopFigures, Iterator[Subjects]]:
    """Return the shop's figures as of an aware instant, and its people, some at a time.

    They come by internal key; those who have bought are `Subjects.buyers`.
    """
    people = batches(population(as_of, segment), as_of)
    shop = shop_figures(people, with_lines=with_lines)
    return shop, (Subjects(one, shop) for one in batches(population(as_of, segment), as_of))


def hash_rows(rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return the sha256 of training rows, in the order of the customers' numbers."""
    digest = sha256()
    for number, values in sorted(rows):
        digest.update(repr((number, *values)).encode())
    return digest.hexdigest()
