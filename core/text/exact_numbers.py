"""Exact numbers of JSON, and the value that is refused."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from core.text.formats import quote_value

NUMBER_SPELLING = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?", re.ASCII)
NUMBER_LIMIT = 10**14


class BadValue(ValueError):
    """A value that is refused, with its code and what would be right."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def number_of(raw: Any) -> Decimal:
    """Return the number that the JSON value `raw` is; a text counts by its spelling.

    BadValue where it is none, not finite, beyond 10^14 or has more than 4 decimals.
    """
    if raw is None or raw == "":
        raise BadValue("empty_value", _("A number is needed here."))
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise BadValue(
            "not_a_number", _("%(value)s is not a number.") % {"value": quote_value(raw)}
        )
    if isinstance(raw, str) and not NUMBER_SPELLING.fullmatch(raw):
        raise BadValue(
            "not_a_number",
            _("%(value)s is not a number: write it like -1234.5, with at most 4 decimals.")
            % {"value": quote_value(raw)},
        )
    try:
        number = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    except InvalidOperation as error:
        raise BadValue("not_a_number", _("That is not a number.")) from error
    if not number.is_finite():
        raise BadValue("not_finite", _("The number must be finite."))
    # No arithmetic before it is known to be of a usual size: 1e99999999999 would overflow.
    if number.copy_abs() >= NUMBER_LIMIT:
        raise BadValue("out_of_range", _("The number must lie below 100,000,000,000,000 in size."))
    if _decimals(number) > 4:
        raise BadValue("too_many_decimals", _("A number has at most 4 decimals."))
    return number or Decimal(0)


def whole_number_of(raw: Any, most: int) -> int:
    """Return the whole number from 0 to `most` that the JSON value `raw` is.

    BadValue as in `number_of`, and where it is not whole or beyond `most`.
    """
    number = number_of(raw)
    if number != number.to_integral_value():
        raise BadValue("not_a_whole_number", _("A whole number is needed here."))
    if not 0 <= number <= most:
        raise BadValue(
            "out_of_range",
            _("The number must lie between 0 and %(limit)s.") % {"limit": f"{most:,}"},
        )
    return int(number)


def _decimals(number: Decimal) -> int:
    _sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    ending = "".join(map(str, digits)).rstrip("0")
    return max(0, -exponent - (len(digits) - len(ending))) if ending else 0
