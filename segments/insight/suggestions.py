"""Suggests and recognizes values that an attribute has in the shop's data."""

import time
from collections.abc import Collection
from itertools import chain

from conditions.attribute import Attribute
from core.database.snapshot import read_snapshot
from core.database.time_limit import TookTooLong, time_limit
from core.text.folding import fold

SHORTEST = 2
SECONDS = 1.0
# An exact name is searched among at most this number of labels that contain it.
NAMESAKES = 1_000


def suggestions(attribute: Attribute, text: str, limit: int) -> dict[str, str]:
    """Return at most `limit` values with their labels for `text`.

    For choices, they are those that contain `text`; for texts, those that begin with `text`, then
    (from two characters) those that contain it. The search ends after a second.
    """
    deadline = time.monotonic() + SECONDS
    found: dict[str, str] = {}
    text = text.replace("\0", "")
    with read_snapshot():
        try:
            if attribute.choices is not None:
                with time_limit(deadline):
                    return dict(attribute.choices.suggest(text, limit))
            stored = attribute.stored_texts()
            contains = stored if len(text) >= SHORTEST else ()
            for one, lookup in chain(
                ((one, "startswith") for one in stored), ((one, "contains") for one in contains)
            ):
                if len(found) < limit:
                    with time_limit(deadline):
                        like = one.like(lookup, fold(text))[: limit + 1]
                        found |= {value: value for value in like if value}
        except TookTooLong:
            pass
    return dict(list(found.items())[:limit])


def known_values(attribute: Attribute, texts: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return those of `texts` that are values of `attribute`, each with the value and its label.

    Choices are recognized by their codes and, ignoring case, by their labels; texts by the stored
    values. Texts that are not checked within a second count as known, to avoid wrong warnings.
    """
    deadline = time.monotonic() + SECONDS
    left = list(dict.fromkeys(texts))
    found: dict[str, tuple[str, str]] = {}
    with read_snapshot():
        try:
            if attribute.choices is not None:
                with time_limit(deadline):
                    labels = attribute.choices.labels(left)
                found = {code: (code, label) for code, label in labels.items()}
                left = [text for text in left if text not in found]
            while left:
                with time_limit(deadline):
                    one = _named(attribute, left[-1])
                if one:
                    found[left[-1]] = one
                left.pop()
        except TookTooLong:
            found |= {text: (text, text) for text in left}
    return found


def _named(attribute: Attribute, text: str) -> tuple[str, str] | None:
    if attribute.choices is not None:
        namesakes = attribute.choices.suggest(text, NAMESAKES) if attribute.choices.closed else {}
        return next((one for one in namesakes.items() if fold(one[1]) == fold(text)), None)
    is_stored = any(one.like("exact", fold(text)).exists() for one in attribute.stored_texts())
    return (text, text) if is_stored else None
