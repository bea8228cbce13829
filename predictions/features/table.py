"""The feature sets, and the feature table: one row per customer of the population."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.clock import checked_clock
from predictions.features.activity import ACTIVITY
from predictions.features.feature import Feature, FeatureSet
from predictions.features.retail import RETAIL
from predictions.features.rfm import RFM
from predictions.features.shop import shop_figures
from predictions.features.subjects import Subjects
from predictions.history.batches import batches
from predictions.history.columns import Column
from predictions.history.population import population, sales
from predictions.history.values import Value
from predictions.refusals import Refused
from segments.models import Segment

SETS: dict[str, FeatureSet] = {one.name: one for one in (RFM, ACTIVITY, RETAIL)}


@dataclass(frozen=True)
class Table:
    """A table of features: `ids` are customer numbers, and each row has the order of `names`."""

    ids: Sequence[str]
    names: Sequence[str]
    rows: Sequence[Sequence[Value]]


def set_named(name: str) -> FeatureSet:
    """Return a set by its name. Raises `Refused` (`unknown_set`) for an unknown name."""
    if name not in SETS:
        known = ", ".join(SETS)
        message = _("There is no set “%(name)s”, but these: %(known)s.")
        raise Refused("unknown_set", message % {"name": name, "known": known})
    return SETS[name]


def features_of(sets: Sequence[str]) -> list[Feature]:
    """Return the features of `sets`. Raises `Refused` (`unknown_set`) for an unknown set."""
    return [feature for name in sets for feature in set_named(name).features]


def names_of(sets: Sequence[str]) -> list[str]:
    """Return the names of the features of `sets`. Raises `Refused` as `features_of` does."""
    return [feature.name for feature in features_of(sets)]


def features(*, as_of: datetime, sets: Sequence[str], ids: Collection[str] | None = None) -> Table:
    """Return the features of `sets` as of an aware instant, ordered by internal key.

    `ids` limits the rows to customers with these numbers; features relative to other customers are
    still relative to the whole population. Raises ValueError for an `as_of` without a time zone,
    and `Refused` for an unknown set and for an `as_of` before the first sale (`no_sales`).
    """
    numbers, rows = list[str](), list[Sequence[Value]]()
    for found, columns in columns_of(as_of=as_of, sets=sets, ids=ids):
        numbers += found
        rows += zip(*(column.values() for column in columns), strict=True)
    return Table(numbers, names_of(sets), [list(row) for row in rows])


def columns_of(
    *,
    as_of: datetime,
    sets: Sequence[str],
    ids: Collection[str] | None = None,
    segment: Segment | None = None,
) -> Iterator[tuple[Sequence[str], Sequence[Column]]]:
    """Yield customer numbers and features in batches, with the parameters of `features`.

    `segment` limits the population to the segment's stored members. Raises what `features` raises,
    when called and not at the first batch.
    """
    chosen = [set_named(name) for name in sets]
    if not sales(checked_clock(as_of)).exists():
        message = _("There is no sale up to %(as_of)s.")
        raise Refused("no_sales", message % {"as_of": as_of.isoformat()})
    return _columns(as_of, chosen, ids, segment)


def _columns(
    as_of: datetime,
    chosen: Sequence[FeatureSet],
    ids: Collection[str] | None,
    segment: Segment | None,
) -> Iterator[tuple[Sequence[str], Sequence[Column]]]:
    everybody = population(as_of, segment)
    shop = shop_figures(batches(everybody, as_of), with_lines=RETAIL in chosen)
    asked = everybody if ids is None else everybody.filter(external_id__in=ids)
    for batch in batches(asked, as_of):
        them = Subjects(batch, shop)
        yield batch.numbers, [feature.of(them) for one in chosen for feature in one.features]
