"""Refusals with a public code, and sentences that are stored and translated when they are read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext

from core.text.formats import number_shown


@dataclass(frozen=True)
class Sentence:
    """An English text and the numbers in it; `str` translates it to the active language."""

    text: str
    values: Mapping[str, int]

    def __str__(self) -> str:
        shown = {name: number_shown(value) for name, value in self.values.items()}
        return gettext(self.text) % shown

    def stored(self) -> str:
        """Return the sentence as JSON for a text column; `sentence_of` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def sentence_of(stored: str) -> Sentence | str:
    """Return a stored sentence; return any other text, as earlier releases stored, unchanged."""
    if not stored.startswith('{"text": '):
        return stored
    try:
        return Sentence(**json.loads(stored))
    except (ValueError, TypeError):
        return stored


class Refused(ValueError):
    """An operation that was refused and changed nothing. `code` is public, the text is for people.

    `message` is a `Sentence` where it is stored and somebody else reads it later. `details` are
    further fields of the response, by name.
    """

    def __init__(self, code: str, message: str | Sentence, **details: Any) -> None:
        self.code = code
        self.message = message
        self.details = details
        super().__init__(str(message))
