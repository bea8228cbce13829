"""Values of features and cohorts: exact until they are shown."""

from decimal import Decimal
from fractions import Fraction

from core.database.fields import quotient

# A whole number, an exact fraction, a code; None: missing. Money is in the base currency.
Value = int | Fraction | str | None
PLACES = 6


def value_as_text(value: Value) -> str:
    """Return a value as it stands in files: whole numbers bare, others with 6 decimals."""
    if value is None:
        return ""
    if isinstance(value, int | str):
        return str(value)
    return f"{rounded(value, PLACES):f}"


def rounded(value: Fraction, places: int) -> Decimal:
    """Return `value` with so many decimals, rounded half away from zero."""
    # Read from a text: however many digits there are, none is lost.
    return Decimal(f"{quotient(value.numerator * 10**places, value.denominator)}E-{places}")
