"""The last place of a rank: its figure, or the average or median, for a preview."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from conditions.attribute import Attribute
from conditions.language.operators.ranks import Measure
from conditions.language.types import NumberType
from conditions.ranking.compared import compared_with
from conditions.ranking.rank import Rank
from conditions.sql.place import Context


@dataclass(frozen=True)
class LastPlace:
    """The last place that a rank chooses: `sharing` customers of `size` have it."""

    place: int
    figure: Decimal
    sharing: int
    size: int


def last_place(
    rank: Rank, figure: Attribute, context: Context, using: str | None = None
) -> LastPlace | None:
    """Return the last place of the positive operator.

    None where there is no single last place: for a population in parts, with ties left out, for
    dates, and where no customer has a place.
    """
    rank = rank.positive
    if rank.per or rank.ties_out or not isinstance(figure.type, NumberType):
        return None
    compared = compared_with(rank, figure, context, using=using)
    size, _better, _same = compared.counted(None)
    a, b = rank.limit
    most = b if rank.measure is Measure.NUMBER else b * size
    places = min(-(-most // a), size)
    if not places:
        return None
    unit: int | None = compared.at_place(places, size)
    if unit == 0 and rank.is_zero_left_out(figure.type):
        unit = compared.least_above_zero()
    if unit is None:
        return None
    _size, better, same = compared.counted(unit)
    return LastPlace(better + 1, Decimal(unit) / figure.type.scale, same, size)


def amount_of(
    rank: Rank, figure: Attribute, context: Context, using: str | None = None
) -> Decimal | None:
    """Return the average or median that a rank compares with; None in parts or without figures."""
    if rank.per or not isinstance(figure.type, NumberType):
        return None
    _size, amount = compared_with(rank, figure, context, using=using).amount()
    return None if amount is None else Decimal(amount) / rank.scale_of_amount(figure.type)
