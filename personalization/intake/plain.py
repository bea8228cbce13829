"""JSON of behaviours as it can be stored, and as it is compared."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.text.folding import fold

MOST_BYTES = 8 * 1024
MOST_DEPTH = 4


def is_too_deep(value: Any, depth: int = MOST_DEPTH) -> bool:
    """Return whether objects and lists are in one another more than `depth` times."""
    if not isinstance(value, Mapping | list):
        return False
    below = value.values() if isinstance(value, Mapping) else value
    return depth == 0 or any(is_too_deep(one, depth - 1) for one in below)


def is_too_large(*values: Any) -> bool:
    """Return whether `values`, already `plain`, have more than 8 KB (UTF-8) together."""
    return sum(len(_compact_json(one).encode()) for one in values) > MOST_BYTES


@dataclass
class Unstorable(Exception):
    """A value of JSON that no database holds: its path, and the problem."""

    path: str
    code: str
    value: str = ""


def plain(value: Any, path: str) -> Any:
    """Return a value of JSON at `path` as both databases hold it, numbers with a point as floats.

    Raises Unstorable for a text with NUL or half of a character, and a number beyond a float.
    """
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, Mapping):
        return {_text(str(key), path): plain(one, f"{path}.{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one, f"{path}[{number}]") for number, one in enumerate(value)]
    if isinstance(value, Decimal):
        number = float(value)
        if not math.isfinite(number):
            raise Unstorable(path, "number", f"{value:.6e}")
        return number
    return value


def fold_value(value: Any) -> Any:
    """Return a plain value in the form in which two are compared: texts folded, 1.0 as 1."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, Mapping):
        return {key: fold_value(one) for key, one in value.items()}
    if isinstance(value, list):
        return [fold_value(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def canonical(*values: Any) -> str:
    """Return one text for all plain values that are the same."""
    return json.dumps([fold_value(one) for one in values], sort_keys=True)


def _text(text: str, path: str) -> str:
    if "\0" in text:
        raise Unstorable(path, "nul")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Unstorable(path, "encoding")
    return text


def _compact_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
