"""Refusals under a public code, and sentences that are stored and read later in any language."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext

from core.text.formats import number_shown


@dataclass(frozen=True)
class Sentence:
    """A sentence in the language of whoever reads it: its English text, and the numbers in it."""

    text: str
    values: Mapping[str, int]

    def __str__(self) -> str:
        shown = {name: number_shown(value) for name, value in self.values.items()}
        return gettext(self.text) % shown

    def stored(self) -> str:
        """Return it as it is stored where texts are, for `sentence_of`."""
        return json.dumps(asdict(self), ensure_ascii=False)


def sentence_of(stored: str) -> Sentence | str:
    """Return a stored sentence; a text that is none, such as those of former days, as it is."""
    if not stored.startswith('{"text": '):
        return stored
    try:
        return Sentence(**json.loads(stored))
    except (ValueError, TypeError):
        return stored


class Refused(ValueError):
    """What cannot be done; nothing was. `code` is public, the text is for people.

    `message` is a `Sentence` where it is stored, and read by somebody else. `details` are what a
    response has as further fields, by name.
    """

    def __init__(self, code: str, message: str | Sentence, **details: Any) -> None:
        self.code = code
        self.message = message
        self.details = details
        super().__init__(str(message))
