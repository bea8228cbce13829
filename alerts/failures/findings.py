"""What an alert is to say, and the registry of checks that find it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.models import AlertKind
from core.registries import Registry
from segments.models import Segment


@dataclass(frozen=True)
class Finding:
    """Something that an alert is to say; `about` tells apart what is of no segment, or several."""

    kind: AlertKind
    segment: Segment | None = None
    about: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the alert is about: of one key, one alert goes on at a time."""
        of = "" if self.segment is None else str(self.segment.pk)
        return f"{self.kind.value}:{of}:{self.about}"


@dataclass(frozen=True)
class FailureCheck:
    """A look at one kind of failure; `find` yields all that fails at an aware instant."""

    kind: AlertKind
    find: Callable[[datetime], Iterable[Finding]]

    @property
    def name(self) -> str:
        """The name of the check in the registry."""
        return self.kind.value


FAILURES: Registry[FailureCheck] = Registry("failure check")
