"""Refusals with a public code."""

from typing import Any

from core.text.sentences import Sentence


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

    def stored(self) -> str:
        """Return the message for a text column; `core.text.sentences.sentence_of` reads it."""
        return self.message.stored() if isinstance(self.message, Sentence) else self.message
