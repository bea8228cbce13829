"""A column for the sentences that programs store and people read in several languages."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext

from core.text.sentences import Sentence, sentence_of


class TranslatedText(str):
    """The translation of a stored sentence; a column stores `stored` and not the translation."""

    stored: str


def translate_stored(value: str) -> str:
    """Return a stored sentence or text in the active language."""
    if not value:
        return value
    found = sentence_of(value)
    shown = TranslatedText(found if isinstance(found, Sentence) else gettext(found))
    shown.stored = value
    return shown


def stored_text(value: "str | Sentence") -> str:
    """Return how a sentence or a text is stored, whatever the active language is."""
    if isinstance(value, Sentence):
        return value.stored() if value.values else value.text
    return value.stored if isinstance(value, TranslatedText) else value


class _ColumnOfSentences(models.Field[Any, str]):
    """What the columns below have in common; `column` is the field of Django that each is."""

    column: str

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        # As that field it needs no migration.
        name, _path, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.column}", args, kwargs

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> str | None:
        return value and translate_stored(value)

    def get_prep_value(self, value: Any) -> Any:
        if not isinstance(value, TranslatedText | Sentence):
            plain = super().get_prep_value(value)
            return plain and plain[: self.max_length]
        stored = stored_text(value)
        is_short = self.max_length is None or len(stored) <= self.max_length
        return stored if is_short else str(value)[: self.max_length]


class SentenceField(_ColumnOfSentences, models.TextField[Any, str]):
    """A text column that takes a `Sentence` or a text, and is read in the active language.

    A sentence without values is stored as its text, which the release before can read. A text is
    translated when it is read, if the catalogue has it (write it with `gettext_noop`). Saving a
    row that was read stores what was stored before, whatever the active language is.
    """

    column = "TextField"


class ShortSentenceField(_ColumnOfSentences, models.CharField[Any, str]):
    """A `SentenceField` of limited length: longer ones are cut, sentences as plain texts."""

    column = "CharField"
