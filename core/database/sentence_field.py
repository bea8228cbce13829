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


class SentenceField(models.TextField[Any, str]):
    """A text column that takes a `Sentence` or a text, and is read in the active language.

    A sentence without values is stored as its text, which the release before can read. A text is
    translated when it is read, if the catalogue has it (write it with `gettext_noop`). Saving a
    row that was read stores what was stored before, whatever the active language is.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        # The column is a text, which needs no migration.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> str | None:
        if not value:
            return value
        found = sentence_of(value)
        shown = TranslatedText(found if isinstance(found, Sentence) else gettext(found))
        shown.stored = value
        return shown

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, TranslatedText):
            return value.stored
        if isinstance(value, Sentence):
            return value.stored() if value.values else value.text
        return super().get_prep_value(value)
