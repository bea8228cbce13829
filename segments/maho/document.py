"""The imported file: Maho's rows, and the maps from Maho's ids to this shop's codes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.text.json_documents import decimal_of

Maps = Mapping[str, Mapping[str, str]]


class UnreadableDocument(ValueError):
    """The file cannot be imported at all; the message says where and why."""


@dataclass(frozen=True)
class Document:
    """Maho's rows as in the file, and the codes by id for each kind of id."""

    rows: Sequence[Any]
    maps: Maps


def read_document(content: str | bytes) -> Document:
    """Return the contents of the JSON file; bytes are UTF-8. Raises UnreadableDocument."""
    try:
        raw = read_json(content.decode("utf-8-sig") if isinstance(content, bytes) else content)
    except (ValueError, RecursionError) as error:
        raise UnreadableDocument(_("The file is not JSON: %(error)s") % {"error": error}) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("segments"), list):
        raise UnreadableDocument(
            _("“segments” is missing: the file is an object with “segments”, a list of rows.")
        )
    return Document(raw["segments"], _maps(raw.get("maps")))


def read_json(text: str) -> Any:
    """Return the JSON `text` with its numbers exact. Raises ValueError or RecursionError."""
    return json.loads(
        text,
        parse_float=decimal_of,
        parse_constant=_refuse_constant,
        object_pairs_hook=_without_repetition,
    )


def writable(text: str) -> str:
    """Return `text` with lone surrogates, which are no valid Unicode, escaped."""
    return text.encode(errors="backslashreplace").decode()


def _maps(raw: Any) -> Maps:
    maps = _object(raw, "maps")
    return {name: _codes(codes, f"maps.{writable(name)}") for name, codes in maps.items()}


def _codes(raw: Any, path: str) -> Mapping[str, str]:
    codes = _object(raw, path)
    for id_, code in codes.items():
        if not isinstance(code, str) or not code:
            raise UnreadableDocument(
                _("%(path)s.%(id)s is a text.") % {"path": path, "id": writable(id_)}
            )
    return codes


def _object(raw: Any, path: str) -> Mapping[str, Any]:
    if raw is None or raw == []:  # PHP writes an empty object as a list
        return {}
    if not isinstance(raw, dict):
        raise UnreadableDocument(_("%(path)s is an object.") % {"path": path})
    return raw


def _refuse_constant(name: str) -> None:
    raise ValueError(_("%(name)s is not a number of JSON") % {"name": name})


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(
            _("the key “%(key)s” stands twice in one object") % {"key": writable(twice)}
        )
    return found
