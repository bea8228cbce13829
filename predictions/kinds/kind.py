"""What a kind of model is: columns of a customer's scores, and what each is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from customers.fields import AMOUNT_LIMIT
from predictions.features.subject import Subject
from predictions.values import Value, rounded

# What stands in a column: whole number, decimal with 4 decimals, code; None or '': missing.
Stored = int | Decimal | str | None
STORED_PLACES = 4
LARGEST = Decimal(AMOUNT_LIMIT)


@dataclass(frozen=True, eq=False)
class Kind:
    """A model by its code: how each column of `CustomerPrediction` is computed."""

    code: str
    columns: Mapping[str, Callable[[Subject], Stored]]

    @property
    def as_of_column(self) -> str:
        """The column that says as of when they were written."""
        return f"{self.code}_as_of"

    def values(self, subject: Subject) -> dict[str, Any]:
        """Return the scores of a customer by column."""
        return {column: of(subject) for column, of in self.columns.items()}


def stored(value: Value) -> Stored:
    """Return a value as it is stored: fractions with 4 decimals, at most ±1,000,000,000.

    A larger one is that itself, which is the largest number that conditions compare with.
    """
    if value is None or isinstance(value, int | str):
        return value
    return max(-LARGEST, min(rounded(value, STORED_PLACES), LARGEST))
