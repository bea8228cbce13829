"""What other apps do in the transaction that redefines a segment or switches it on."""

from collections.abc import Iterable
from typing import Any, Protocol

from core.problems import Problem
from core.registries import Registry, dotted
from segments.models import Segment


class OnDefined(Protocol):
    """Called with a segment as it is now stored, new or changed, while nobody else writes one.

    `author` is the user who saved it (None: a command or a task). What is returned is told to them
    as warnings; an error undoes the save.
    """

    def __call__(self, segment: Segment, *, author: Any) -> Iterable[Problem]: ...


class OnSwitchedOn(Protocol):
    """Called with a stored segment that was inactive and is active from now on.

    Nobody else writes a definition meanwhile; an error leaves it inactive.
    """

    def __call__(self, segment: Segment) -> None: ...


WHEN_DEFINED: Registry[OnDefined] = Registry("hook", dotted)
WHEN_SWITCHED_ON: Registry[OnSwitchedOn] = Registry("hook", dotted)


def tell_switched_on(segment: Segment) -> None:
    """Have every app follow that `segment` is active again."""
    for follow in WHEN_SWITCHED_ON:
        follow(segment)
