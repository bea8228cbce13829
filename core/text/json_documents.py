"""Reads JSON documents with a size limit, numbers as decimals, and no repeated keys; shows them."""

import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from core.text.formats import UNKNOWN

DOCUMENT_LIMIT = 256 * 1024
# Far beyond what any number in a document may be, and within what a Decimal can be.
MOST_EXPONENT = 10**9


def can_be_stored(text: str) -> bool:
    """Return whether a database can store `text`: it has no NUL and no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def read_document(tree: str | bytes | Mapping[str, Any], *, limit: int = DOCUMENT_LIMIT) -> Any:
    """Return the JSON document with decimals for its numbers.

    Raises Invalid where `tree` is not JSON, is nested too deep, repeats a key of an object, or has
    more than `limit` bytes.
    """
    try:
        if isinstance(tree, str | bytes):
            text = tree.decode() if isinstance(tree, bytes) else tree
            _refuse_beyond(limit, text)
            return json.loads(
                text,
                parse_float=decimal_of,
                parse_int=_whole,
                parse_constant=_refuse_constant,
                object_pairs_hook=_without_repetition,
            )
        _refuse_beyond(limit, json.dumps(tree, default=str, ensure_ascii=False))
        return tree
    except RecursionError as error:
        raise _invalid_document(
            "too_deep", _("The document is nested too deep to be read.")
        ) from error
    except _Refused as error:
        raise _invalid_document(error.code, error.message) from error
    except (ValueError, TypeError) as error:
        raise _invalid_document(
            "not_json", _("This is not JSON: %(error)s") % {"error": error}
        ) from error


class _Refused(Exception):
    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message


def _invalid_document(code: str, message: str) -> Invalid:
    return Invalid([Problem("", code, message)])


def _refuse_beyond(limit: int, text: str) -> None:
    if len(text) > limit or len(text.encode(errors="surrogatepass")) > limit:
        raise _Refused(
            "too_large",
            _("The document is larger than %(limit)s KB.") % {"limit": f"{limit // 1024:,}"},
        )


def decimal_of(text: str) -> Decimal:
    """Return a number of JSON; one that is too large or too small for any exponent stays so."""
    digits, _e, exponent = text.lower().partition("e")
    # A longer exponent is beyond it, too, or has leading zeros only.
    sign, figures = ("-", exponent[1:]) if exponent.startswith("-") else ("", exponent.lstrip("+"))
    figures = figures.lstrip("0") or "0"
    nearest = int(figures) if len(figures) <= len(str(MOST_EXPONENT)) else MOST_EXPONENT
    return Decimal(f"{digits}e{sign}{min(nearest, MOST_EXPONENT)}")


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < 30 else Decimal(digits)


def _refuse_constant(name: str) -> None:
    raise _Refused("not_finite", _("%(name)s is not a number of JSON.") % {"name": name})


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _value in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise _Refused(
            "repeated_key", _("The key “%(key)s” stands twice in one object.") % {"key": twice}
        )
    return found


def json_in_words(value: Any) -> str:
    """Return a JSON value as people read it: yes or no, lists with commas, a dash for nothing.

    Objects become `name: value`, within others in parentheses.
    """
    if value is None or value in ("", [], {}):
        return UNKNOWN
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_within_others(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_within_others(one)}" for name, one in value.items())
    return str(value)


def _within_others(value: Any) -> str:
    words = json_in_words(value)
    return f"({words})" if value and isinstance(value, dict | list) else words
