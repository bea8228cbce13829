"""Arrays as PHP serialises them: of roles and of product attributes."""

from collections.abc import Callable, Mapping
from typing import Any

SCALARS: Mapping[bytes, Callable[[str], Any]] = {
    b"i": int,
    b"d": float,
    b"b": lambda text: text == "1",
}


class BadSerialisation(ValueError):
    """A text is no array of plain values as PHP serialises it."""


def unserialise(text: str) -> dict[str, Any]:
    """Return an array of texts, numbers, truth values and arrays; keys are texts.

    Objects are not read. Raises BadSerialisation.
    """
    try:
        value, _end = _value(text.encode(), 0)
    except (ValueError, IndexError, KeyError, RecursionError) as error:
        raise BadSerialisation from error
    if not isinstance(value, dict):
        raise BadSerialisation
    return value


def _value(data: bytes, at: int) -> tuple[Any, int]:
    kind = data[at : at + 1]
    if kind == b"N":
        return None, at + 2
    if kind == b"s":
        # The length is one in bytes.
        colon = data.index(b":", at + 2)
        begin = colon + 2
        end = begin + int(data[at + 2 : colon])
        return data[begin:end].decode(), end + 2
    if kind in SCALARS:
        end = data.index(b";", at)
        text = data[at + 2 : end].decode()
        return SCALARS[kind](text), end + 1
    if kind != b"a":
        raise ValueError(kind)
    colon = data.index(b":", at + 2)
    count, at = int(data[at + 2 : colon]), colon + 2
    found = {}
    for _number in range(count):
        key, at = _value(data, at)
        found[str(key)], at = _value(data, at)
    return found, at + 1
