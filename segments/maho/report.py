"""The report of an import, for people and for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.problems import Problem
from segments.maho.conversion import Change


class Status(StrEnum):
    """The status of an imported segment."""

    IMPORTED = "imported"
    CHANGED = "changed"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The status in words."""
        return str(LABELS[self])


LABELS = {
    Status.IMPORTED: _("imported"),
    Status.CHANGED: _("imported, changed in meaning"),
    Status.REFUSED: _("refused"),
}


@dataclass(frozen=True)
class Outcome:
    """The outcome of one row: stored as the segment `code`, or refused because of `errors`.

    `sentence` is the resulting tree in words, and `warnings` are those about its conditions; these
    two are for people and not part of the report's file.
    """

    name: str
    code: str = ""
    changes: Sequence[Change] = ()
    errors: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    sentence: str = ""

    @property
    def status(self) -> Status:
        """Refused with errors, changed if the meaning of a condition changes."""
        if self.errors:
            return Status.REFUSED
        return Status.CHANGED if self.changes else Status.IMPORTED


def as_json(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Return the report as it is written to a file."""
    return {
        "segments": [
            {
                "name": outcome.name,
                "code": outcome.code,
                "status": outcome.status.value,
                "changes": [asdict(change) for change in outcome.changes],
                "errors": [error.as_json for error in outcome.errors],
            }
            for outcome in outcomes
        ]
    }
