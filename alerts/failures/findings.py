"""Findings that alerts report, and the registry of the checks that find them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.models import AlertKind
from core.registries import Registry
from segments.models import Segment


@dataclass(frozen=True)
class Finding:
    """A failure to report; `about` distinguishes several of one segment, or without a segment."""

    kind: AlertKind
    segment: Segment | None = None
    about: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The identity of the failure: at most one alert with the same key is open at a time."""
        of = "" if self.segment is None else str(self.segment.pk)
        return f"{self.kind.value}:{of}:{self.about}"

    def stored_details(self) -> dict[str, Any]:
        """Return the details as an alert keeps them: of an error, the first line.

        The next lines of a database's error quote rows.
        """
        details = dict(self.details)
        if "error" in details:
            details["error"] = details["error"].partition("\n")[0]
        return details


@dataclass(frozen=True)
class FailureCheck:
    """A check for one kind of failure; `find` yields all failures at an aware instant."""

    kind: AlertKind
    find: Callable[[datetime], Iterable[Finding]]

    @property
    def name(self) -> str:
        """The name of the check in the registry."""
        return self.kind.value


FAILURES: Registry[FailureCheck] = Registry("failure check")
