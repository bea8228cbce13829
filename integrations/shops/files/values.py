"""Convert values of other shops to cells: slugs, times, JSON, texts with a spreadsheet guard."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.utils.text import slugify

from customers.imports.problems import BadCell
from customers.imports.staging.cells import moment

# A time as Shopify writes it, with an offset of whole hours.
IS_WHOLE_HOUR = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2})(:[0-5][0-9]:[0-5][0-9]) ?([+-][0-9]{2}):?00"
).fullmatch
# What MySQL writes for no date begins so.
ZERO_DATE = "0000-"
IS_CURRENCY = re.compile(r"[A-Z]{3}").fullmatch
# Columns whose cells are never shown.
IS_SECRET = re.compile(r"pass|token|secret|activation_key", re.IGNORECASE)
LONGEST_CODE = 64
LONGEST_SKU = 255
HASH_DIGITS = 8
# Of all numbers that we store (contract: condition language, section 1).
DECIMALS = 4
UNIT = Decimal("0.0001")


def strip_guard(cell: str) -> str:
    """Return `cell` without the one apostrophe by which spreadsheets keep zeros."""
    return cell[1:] if cell.startswith("'") else cell


def is_secret(column: str) -> bool:
    """Return whether a column has passwords or tokens by its name."""
    return IS_SECRET.search(column) is not None


def is_currency(text: str) -> bool:
    """Return whether a text is written as a code of ISO 4217."""
    return IS_CURRENCY(text) is not None


def bounded_code(code: str, limit: int = LONGEST_CODE) -> str:
    """Return `code`, or its beginning, `-` and 8 digits of its SHA-256 where it is too long."""
    if len(code) <= limit:
        return code
    return f"{code[: limit - HASH_DIGITS - 1]}-{_hash_digits(code)}"


def slug_of(name: str) -> str:
    """Return the slug of a name; digits of its hash if it has no Latin letter and no digit."""
    return slugify(name) or (_hash_digits(name) if name else "")


def sku_from_name(name: str) -> str:
    """Return the SKU of something that the shop sells without one."""
    return bounded_code(f"name-{slug_of(name)}", LONGEST_SKU)


def date_part(cell: str) -> str:
    """Return the date with which a cell begins; "" for one of MySQL's zero dates."""
    date = cell.strip()[:10]
    return "" if date.startswith(ZERO_DATE) else date


def join_filled(parts: Iterable[str], between: str = ", ") -> str:
    """Return the parts that are not empty."""
    return between.join(filter(None, parts))


def split_name(name: str) -> tuple[str, str]:
    """Return the first word of a name, and the rest."""
    first, _blank, last = name.strip().partition(" ")
    return first, last.strip()


def round_cell(cell: str) -> str:
    """Return a number with four decimals at most, half away from zero; others as they are."""
    # A difference of 0.00000000 is 0E-8.
    if "E" not in cell and len(cell.partition(".")[2]) <= DECIMALS:
        return cell
    try:
        return str(Decimal(cell).quantize(UNIT, ROUND_HALF_UP))
    except InvalidOperation:
        return cell


def list_element(text: str) -> str:
    """Return a text as an element of a list, which `|` separates in our files."""
    return text.strip().replace("|", "/")


def utc_text(cell: str, zone: tzinfo | None) -> str:
    """Return an instant as UTC, which texts order; `zone` is that of times without an offset.

    A local time that came twice is the first, a skipped one moves forward. Raises BadCell, with the
    code "no_zone" where the zone is needed.
    """
    if found := IS_WHOLE_HOUR(cell):
        return _utc_hour(found[1], found[3]) + found[2]
    utc = moment(cell)
    if zone is UTC or not _is_local(cell):
        return utc
    if zone is None:
        raise BadCell("no_zone", cell)
    local = datetime.fromisoformat(utc).replace(tzinfo=zone)
    return str(local.astimezone(UTC).replace(tzinfo=None))


@lru_cache(maxsize=1 << 14)
def _utc_hour(hour: str, offset: str) -> str:
    return moment(f"{hour}:00:00{offset}:00")[:13]


def _is_local(cell: str) -> bool:
    """Return whether a time that `moment` reads has no offset."""
    time = cell[10:]
    return not (time[-1:].isalpha() or "+" in time or "-" in time)


def _hash_digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


def texts(value: Mapping[str, Any], start: str = "") -> Iterator[tuple[str, str]]:
    """Yield names and values of an object as texts; `billing.city` of one within another.

    Lists are left to who reads them.
    """
    for name, one in value.items():
        if isinstance(one, dict):
            yield from texts(one, f"{start}{name}.")
        elif not isinstance(one, list):
            yield f"{start}{name}", text(one)


def text(value: Any) -> str:
    """Return a value of JSON as a cell."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
