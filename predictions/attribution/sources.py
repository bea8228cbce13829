"""Where touches come from: apps register theirs from `AppConfig.ready()`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from core.registries import Registry


class TouchRow(NamedTuple):
    """A touch of the customer with that internal key; `campaign` '' for one of none."""

    customer: int
    at: datetime
    channel: str
    campaign: str = ""


class Rows(Protocol):
    """Finds the touches of a source that are at least `since` (None: any) and at most `until`.

    Of customers whose internal keys are from `first` to `last`, in any order; who was held out was
    not touched. Both instants are aware. They are a thousand customers at a time.
    """

    def __call__(
        self, *, first: int, last: int, since: datetime | None, until: datetime
    ) -> Iterable[TouchRow]: ...


@dataclass(frozen=True)
class Source:
    """A source by its name."""

    name: str
    rows: Rows


SOURCES = Registry[Source]("source of touches")


def register_touches(source: str, rows: Rows) -> None:
    """Add a source; ValueError where its name is taken or is not lower case with dots."""
    SOURCES.register(Source(source, rows))
