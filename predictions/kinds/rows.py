"""The rows of a training: who had bought as of a cut, and what they bought after it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from predictions.existing import population
from predictions.features.subject import Subject
from predictions.histories import Sale, batches, sales_of
from predictions.shop_figures import ShopFigures, shop_figures
from segments.models import Segment


def buyers(
    as_of: datetime, segment: Segment | None
) -> tuple[ShopFigures, Iterator[Sequence[Subject]]]:
    """Return the shop's figures as of an aware instant, and its buyers, some at a time.

    They come by internal key, each some of one batch.
    """
    shop = shop_figures(batches(population(as_of, segment), as_of))
    return shop, _buyers(as_of, segment, shop)


def _buyers(
    as_of: datetime, segment: Segment | None, shop: ShopFigures
) -> Iterator[Sequence[Subject]]:
    for batch in batches(population(as_of, segment), as_of):
        found = [Subject(one, batch, shop) for one in batch.people if batch.sales.get(one.key)]
        if found:
            yield found


def sales_after(
    cut: datetime, as_of: datetime, subjects: Sequence[Subject]
) -> Mapping[int, Sequence[Sale]]:
    """Return the sales of (cut, as_of] in the order of time, by key, of the few `subjects`."""
    found = defaultdict[int, list[Sale]](list)
    zones = {one.person.key: one.person.zone for one in subjects}
    for key, sale in sales_of(zones, as_of, after=cut):
        found[key].append(sale)
    return found


def hashed(rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return the sha256 of training rows, in the order of the customers' numbers."""
    digest = sha256()
    for number, values in sorted(rows):
        digest.update(repr((number, *values)).encode())
    return digest.hexdigest()
