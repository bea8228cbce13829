"""Sentences that are stored and translated when they are read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext

from core.text.formats import number_shown


@dataclass(frozen=True)
class Sentence:
    """An English text and its values; `str` translates it to the active language.

    Values stand in the text as `%(name)s`, or else as `{name}`. A value is a number, a text that is
    not translated, or another sentence. `str` returns the text itself where the values do not fit
    the text or its translation, or where there are no values.
    """

    text: str
    values: "Mapping[str, int | str | Sentence]"

    def __str__(self) -> str:
        shown = {
            name: number_shown(value) if isinstance(value, int) else str(value)
            for name, value in self.values.items()
        }
        text = gettext(self.text)
        try:
            if not shown:
                return text
            return text % shown if "%(" in text else text.format(**shown)
        except (KeyError, IndexError, TypeError, ValueError):
            return self.text

    def stored(self) -> str:
        """Return the sentence as JSON for a text column; `sentence_of` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False)


class ReasonedError(Exception):
    """An error whose `reason` is stored and translated by its readers; `str` translates it."""

    def __init__(self, text: str, /, **values: "int | str | Sentence") -> None:
        self.reason = Sentence(text, values)
        super().__init__(text)

    def __str__(self) -> str:
        return str(self.reason)


class SentenceError(ReasonedError, ValueError):
    """The same for a value that is refused."""


def keep_verbatim(text: str) -> Sentence:
    """Return `text`, which another program wrote, as a sentence that nothing translates."""
    return Sentence("%(error)s", {"error": text})


def sentence_of(stored: str) -> Sentence | str:
    """Return a stored sentence; return any other text, as earlier releases stored, unchanged."""
    if not stored.startswith('{"text": '):
        return stored
    try:
        return _sentence_from(json.loads(stored))
    except (ValueError, TypeError, AttributeError):
        return stored


def _sentence_from(fields: Mapping[str, Any]) -> Sentence:
    found = Sentence(**fields)
    if not isinstance(found.text, str):
        raise TypeError("The text of a stored sentence is no string.")
    values = {
        name: _sentence_from(value) if isinstance(value, Mapping) else value
        for name, value in found.values.items()
    }
    return Sentence(found.text, values)
