"""What is refused, under a public code."""

from typing import Any

from predictions.sentence import Sentence


class Refused(ValueError):
    """What cannot be done; nothing was. `code` is public, the text is for people.

    `message` is a `Sentence` where it is stored, and read by somebody else. `details` are what a
    reply says beside it, by name.
    """

    def __init__(self, code: str, message: str | Sentence, **details: Any) -> None:
        self.code = code
        self.message = message
        self.details = details
        super().__init__(str(message))
