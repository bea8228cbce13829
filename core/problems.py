"""Problems of submitted data, each with its place, and the errors that carry them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    """One finding: `path` from the root to the key at fault, a stable `code`, a sentence."""

    path: str
    code: str
    message: str

    def __post_init__(self) -> None:
        # Half a surrogate pair in refused data could not be encoded in the message.
        for name in ("path", "message"):
            text = getattr(self, name).encode("utf-8", "backslashreplace").decode()
            object.__setattr__(self, name, text)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message

    @property
    def field(self) -> str:
        """The first key of the path: the field of a document that the finding is about."""
        return self.path.partition(".")[0].partition("[")[0]

    @property
    def as_json(self) -> dict[str, str]:
        """The finding as responses, pages and reports show it."""
        return {"path": self.path, "code": self.code, "message": self.message}

    def below(self, name: str) -> Self:
        """Return a finding of a value as a finding of the field `name` that has the value."""
        point = "" if not self.path or self.path.startswith("[") else "."
        return replace(self, path=f"{name}{point}{self.path}")

    @property
    def numbered_message(self) -> str:
        """The sentence with its place as people number conditions: “Condition 1.2: …”."""
        numbers = [str(int(index) + 1) for index in re.findall(r"conditions\[(\d+)\]", self.path)]
        if not numbers:
            return self.message
        place = {"number": ".".join(numbers), "message": self.message}
        return _("Condition %(number)s: %(message)s") % place


class Invalid(ValueError):
    """Something that is refused; `problems` holds every finding, in the order of what was sent."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(str(problem) for problem in problems))


class Locked(Invalid):
    """A change or deletion that is refused as things stand, whatever it says; `problems` say why.

    The API answers 409 with the first problem's code and sentence.
    """
