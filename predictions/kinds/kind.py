"""What a kind of model is: columns of a customer's scores, and what computes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from conditions.language.operators import Words
from customers.fields import AMOUNT_LIMIT
from predictions.features.subject import Subject
from predictions.histories import Batch
from predictions.models import ModelVersion
from predictions.shop_figures import ShopFigures
from predictions.values import Value, rounded

# What stands in a column: whole number, decimal with 4 decimals, day, code; None or '': missing.
Stored = int | Decimal | date | str | None
Row = dict[str, Stored]
Ranks = tuple[int | None, ...]
STORED_PLACES = 4
LARGEST = Decimal(AMOUNT_LIMIT)


@dataclass(frozen=True)
class Limits:
    """By what a full scoring judged everybody: the shop's figures, and limits of the kind's own.

    `ranks` are None where that scoring was another version's: columns that are ranks are left out.
    """

    shop: ShopFigures
    ranks: Ranks | None = ()

    def as_json(self) -> dict[str, Any]:
        """Return them as they are stored."""
        return asdict(self)

    @classmethod
    def of_json(cls, found: Mapping[str, Any]) -> "Limits":
        """Return them as they were: JSON has lists where there were tuples."""
        return cls(ShopFigures(**_tuples(found["shop"])), **_tuples({"ranks": found["ranks"]}))


class Ranking(Protocol):
    """Collects from everybody what a kind judges each of them by."""

    def add(self, batch: Batch) -> None:
        """Take in some customers."""

    def ranks(self) -> Ranks:
        """Return the limits, once everybody was added."""


class Scorer(Protocol):
    """A version that is ready to score."""

    def rows(self, subjects: Sequence[Subject], limits: Limits) -> list[Row]:
        """Return the columns of each customer, in the order of `subjects`, who are of one batch."""

    def ranking(self) -> Ranking | None:
        """Return what has to see everybody before anybody is scored; None: nothing."""


class Kind(Protocol):
    """A kind of model. `columns` are those of `CustomerPrediction`; `plain` is the one to show."""

    @property
    def code(self) -> str:
        """The public name, which the model has too."""

    @property
    def label(self) -> Words:
        """What people call it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it fills."""

    @property
    def plain(self) -> str:
        """The column that says most."""

    def scorer(self, version: ModelVersion) -> Scorer:
        """Return what scores by `version`; raises `Refused` where it cannot be read."""


@dataclass(frozen=True, eq=False)
class Rules:
    """A kind that nobody trains: `of` has a function of the customer for each column."""

    code: str
    label: Words
    plain: str
    of: Mapping[str, Callable[[Subject], Stored]] = field(repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it fills."""
        return tuple(self.of)

    def scorer(self, version: ModelVersion) -> Scorer:
        """Return the rules themselves: there is one version of them."""
        return self

    def ranking(self) -> Ranking | None:
        """Return None: the shop's figures are enough."""
        return None

    def rows(self, subjects: Sequence[Subject], limits: Limits) -> list[Row]:
        """Return the columns of each customer."""
        return [{column: of(one) for column, of in self.of.items()} for one in subjects]


def _tuples(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(one) if isinstance(one, list) else one for key, one in found.items()}


def as_of_column(kind: Kind) -> str:
    """Return the column that says as of when those of a kind were written."""
    return f"{kind.code}_as_of"


def version_column(kind: Kind) -> str:
    """Return the column that says by which version."""
    return f"{kind.code}_version"


def stored(value: Value) -> int | Decimal | str | None:
    """Return a value as it is stored: fractions with 4 decimals, at most ±1,000,000,000.

    A larger one is that itself, which is the largest number that conditions compare with.
    """
    if value is None or isinstance(value, int | str):
        return value
    return max(-LARGEST, min(rounded(value, STORED_PLACES), LARGEST))
