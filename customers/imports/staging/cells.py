"""Cells: from the text of a CSV cell to the value that is stored, or BadCell with the reason."""

import json
import re
import zoneinfo
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from core.database.fields import (
    AMOUNT_LIMIT,
    RATE_DECIMALS,
    RATE_LIMIT,
    RATE_UNITS_PER_ONE,
    RATE_UNITS_PER_UNIT,
    UNITS_PER_ONE,
)
from customers.imports.problems import BadCell

Value = str | int | bool | None
Convert = Callable[[str], Value]

LARGEST_UNITS = AMOUNT_LIMIT * UNITS_PER_ONE
LARGEST_COUNT = 2**31 - 1
IS_NUMBER = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?").fullmatch
IS_LONG_NUMBER = re.compile(r"-?[0-9]{1,14}\.[0-9]{5,}").fullmatch
IS_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
IS_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt ][0-9]{2}(:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,6})?)?)?"
    # Ruby, and shops written in it, put a blank before the zone.
    r"( ?(?P<zone>Z|z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?))?)?"
).fullmatch
IS_USUAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
IS_CODE = re.compile(r"[A-Za-z0-9_-]+").fullmatch
BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class Text:
    """Keeps a text of at most `limit` characters as it is."""

    limit: int | None

    def __call__(self, cell: str) -> str:
        if self.limit is not None and len(cell) > self.limit:
            raise BadCell("long", cell)
        return cell


@dataclass(frozen=True)
class Optional:
    """`convert`, with `empty` for an empty cell."""

    convert: Convert
    empty: Value

    def __call__(self, cell: str) -> Value:
        return self.convert(cell) if cell else self.empty


@dataclass(frozen=True)
class Required:
    """`convert`, which refuses an empty cell."""

    convert: Convert

    def __call__(self, cell: str) -> Value:
        if not cell:
            raise BadCell("missing")
        return self.convert(cell)


def convert_column(convert: Convert, cells: Sequence[str]) -> Sequence[Value]:
    """Return `convert` of each of `cells`, with as few calls as possible; BadCell for any."""
    match convert:
        case Required():
            if "" in cells:
                raise BadCell("missing")
            return convert_column(convert.convert, cells)
        case Optional() if "" in cells:
            values = iter(convert_column(convert.convert, [cell for cell in cells if cell]))
            return [next(values) if cell else convert.empty for cell in cells]
        case Optional():
            return convert_column(convert.convert, cells)
        case Text():
            if convert.limit is not None and max(map(len, cells), default=0) > convert.limit:
                raise BadCell("long")
            return cells
    return list(map(convert, cells))


@lru_cache(maxsize=1 << 16)
def number(cell: str) -> int:
    """Return the number in units of 1/10,000 (contract: condition language, section 1).

    Raises BadCell where `cell` is no number, has more than 4 decimals, or is too large.
    """
    if IS_NUMBER(cell) is None:
        raise BadCell("too_many_decimals" if IS_LONG_NUMBER(cell) else "number")
    whole, _point, decimals = cell.partition(".")
    units = int(whole + decimals.ljust(4, "0"))
    if not -LARGEST_UNITS <= units <= LARGEST_UNITS:
        raise BadCell("beyond")
    return units


def size(cell: str) -> int:
    """Return a discount or a refund in units of 1/10,000, whatever sign the shop writes."""
    return abs(number(cell))


def rate(cell: str) -> int:
    """Return an exchange rate in units of 1/10^10.

    Raises BadCell where `cell` is no number, not positive, too large, or has too many decimals.
    """
    if IS_LONG_NUMBER(cell) is None:
        units = number(cell) * RATE_UNITS_PER_UNIT
    else:
        whole, _point, decimals = cell.partition(".")
        decimals = decimals.rstrip("0")
        if len(decimals) > RATE_DECIMALS:
            raise BadCell("too_many_rate_decimals")
        units = int(whole + decimals.ljust(RATE_DECIMALS, "0"))
    if units <= 0:
        raise BadCell("rate")
    if units > RATE_LIMIT * RATE_UNITS_PER_ONE:
        raise BadCell("rate_beyond")
    return units


def count(cell: str) -> int:
    """Return a whole number from 0 to 2^31 - 1; raises BadCell for anything else."""
    units = number(cell)
    whole, rest = divmod(units, UNITS_PER_ONE)
    if rest or not 0 <= whole <= LARGEST_COUNT:
        raise BadCell("whole_number")
    return whole


def boolean(cell: str) -> bool:
    """Return the truth value of true, false, 1, 0, yes, no in any case; else raises BadCell."""
    try:
        return BOOLEANS[cell.lower()]
    except KeyError:
        raise BadCell("boolean") from None


def day(cell: str) -> str:
    """Return the calendar date as `YYYY-MM-DD`; raises BadCell where `cell` is no date."""
    try:
        if IS_DATE(cell):
            return date.fromisoformat(cell).isoformat()
    except ValueError:
        pass
    raise BadCell("date")


def moment(cell: str) -> str:
    """Return the instant as `YYYY-MM-DD hh:mm:ss[.ffffff]` in UTC, which both databases read.

    A time without an offset is UTC. Raises BadCell where `cell` is no ISO 8601 time.
    """
    try:
        if IS_USUAL_TIME(cell):
            datetime.fromisoformat(cell)
            return f"{cell[:10]} {cell[11:19]}"
        found = IS_TIME(cell)
        if found is None:
            raise BadCell("time")
        zone = found["zone"] or ""
        time = cell.removesuffix(zone).rstrip() if zone else cell
        instant = datetime.fromisoformat(time + ("Z" if zone.isalpha() else zone))
        if instant.tzinfo is not None:
            instant = instant.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise BadCell("time") from None
    return str(instant)


def choice(choices: Container[str]) -> Convert:
    """Return a converter that accepts one of `choices` and raises BadCell for anything else."""

    def convert(cell: str) -> str:
        if cell not in choices:
            raise BadCell("choice")
        return cell

    return convert


def code(limit: int) -> Convert:
    """Return a converter that accepts codes of custom attributes, of at most `limit` characters.

    It raises BadCell for anything else.
    """
    as_text = Text(limit)

    def convert(cell: str) -> Value:
        if IS_CODE(cell) is None:
            raise BadCell("code")
        return as_text(cell)

    return convert


def time_zone(cell: str) -> str:
    """Return `cell`, the name of an IANA time zone; raises BadCell where there is no such zone."""
    if cell not in zoneinfo.available_timezones():
        raise BadCell("zone")
    return cell


def ids_by_code(ids: Mapping[str, int], refused: Collection[str]) -> Convert:
    """Return a converter from a code to its id; it raises BadCell for other codes.

    The error distinguishes codes that this import has refused from unknown codes.
    """

    def convert(cell: str) -> int:
        try:
            return ids[cell]
        except KeyError:
            raise BadCell("follows" if cell in refused else "unknown", cell) from None

    return convert


def parts(cell: str) -> list[str]:
    """Return the different, non-empty elements of a list separated by `|`, in their order."""
    return [part for part in dict.fromkeys(cell.split("|")) if part]


def options(cell: str) -> str:
    """Return the options of a choice as the JSON that is stored."""
    return json.dumps(parts(cell))
