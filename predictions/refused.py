"""What is refused, under a public code."""

from typing import Any


class Refused(ValueError):
    """What cannot be done; nothing was. `code` is public, the text is for people.

    `details` are what a reply says beside it, by name.
    """

    def __init__(self, code: str, message: str, **details: Any) -> None:
        self.code = code
        self.details = details
        super().__init__(message)
