"""Kinds of models: columns of a customer's scores, and the scorers that compute them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from conditions.language.operators import Words
from core.database.fields import AMOUNT_LIMIT, ExactDecimalField, from_units, to_units
from predictions.features.shop import ShopFigures
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch
from predictions.history.columns import Column
from predictions.models import CustomerPrediction, ModelVersion, UpliftScore

# A stored value: whole number, decimal in 1/10,000, day, code, yes or no; None or '': missing.
Stored = int | date | str | bool | None
# The columns of a kind, each with the stored values of some customers, in the customers' order.
Columns = dict[str, Sequence[Stored]]
# The values of one customer, for people and programs: decimals as `Decimal`.
Row = dict[str, Stored | Decimal]
Ranks = tuple[int | None, ...]
STORED_PLACES = 4
LARGEST = to_units(Decimal(AMOUNT_LIMIT))
DECIMALS = {
    one.attname
    for model in (CustomerPrediction, UpliftScore)
    for one in model._meta.concrete_fields
    if isinstance(one, ExactDecimalField)
}


@dataclass(frozen=True)
class Limits:
    """By what a full scoring judged everybody: the shop's figures, and limits of the kind's own.

    `ranks` are None where that scoring was another version's: columns that are ranks are left out.
    """

    shop: ShopFigures
    ranks: Ranks | None = ()

    def as_json(self) -> dict[str, Any]:
        """Return the limits as JSON values."""
        return asdict(self)

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> "Limits":
        """Return the limits from the result of `as_json`, in which tuples became lists."""
        return cls(
            ShopFigures(**_tuples(document["shop"])), **_tuples({"ranks": document["ranks"]})
        )


class Ranking(Protocol):
    """Collects from all customers the limits by which a kind judges each customer."""

    def add(self, batch: Batch) -> None:
        """Take in some customers."""

    def as_json(self) -> list[int]:
        """Return the collected figures as JSON values, which `join` of another process reads."""

    def join(self, others: Sequence[int]) -> None:
        """Add the figures that another process collected (its `as_json`)."""

    def ranks(self) -> Ranks:
        """Return the limits, after all customers were added."""


class Scorer(Protocol):
    """A version that is ready to score."""

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return the columns of some customers."""

    def ranking(self) -> Ranking | None:
        """Return the ranking that must see all customers before any is scored; None without."""


class Kind(Protocol):
    """A kind of model. `columns` are those of `CustomerPrediction`; `plain` is the one to show."""

    @property
    def code(self) -> str:
        """The public name, which the model has too."""

    @property
    def label(self) -> Words:
        """The name for people."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it fills."""

    @property
    def plain(self) -> str:
        """The column to show."""

    def scorer(self, version: ModelVersion) -> Scorer:
        """Return the scorer of `version`; raises `Refused` where the version cannot be read."""


@dataclass(frozen=True, eq=False)
class Rules:
    """A kind without training: `of` has a function of some customers for each column."""

    code: str
    label: Words
    plain: str
    of: Mapping[str, Callable[[Subjects], Sequence[Stored]]] = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it fills."""
        return tuple(self.of)

    def scorer(self, version: ModelVersion) -> Scorer:
        """Return the scorer of the rules, which have a single version."""
        return _RulesScorer(self.of)


@dataclass(frozen=True, eq=False)
class _RulesScorer:
    """A scorer that computes columns by rules."""

    of: Mapping[str, Callable[[Subjects], Sequence[Stored]]]

    def ranking(self) -> Ranking | None:
        """Return None: the shop's figures are enough."""
        return None

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return the columns of some customers."""
        return {column: of(them) for column, of in self.of.items()}


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in found.items()}


def as_of_column(kind: Kind) -> str:
    """Return the name of the column with the instant as of which scores of a kind hold."""
    return f"{kind.code}_as_of"


def version_column(kind: Kind) -> str:
    """Return the name of the column with the version that computed scores of a kind."""
    return f"{kind.code}_version"


def stored_numbers(column: Column) -> list[int | None]:
    """Return fractions as they are stored: in 1/10,000, at most ±1,000,000,000.

    A larger one is that itself, which is the largest number that conditions compare with.
    """
    return [
        None if units is None else max(-LARGEST, min(units, LARGEST))
        for units in column.units(STORED_PLACES)
    ]


def row_at(columns: Columns, place: int) -> Row:
    """Return the columns of the customer at a place, decimals as such."""
    return {name: shown_value(name, values[place]) for name, values in columns.items()}


def shown_value(column: str, value: Stored) -> Stored | Decimal:
    """Return the stored value of a column as people and programs see it."""
    return from_units(value) if column in DECIMALS and isinstance(value, int) else value
