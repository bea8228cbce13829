"""Hooks of other apps in the transaction that redefines or activates a segment."""

from collections.abc import Iterable
from typing import Any, Protocol

from core.problems import Problem
from core.registries import Registry, dotted_name
from segments.models import Segment


class OnDefined(Protocol):
    """A hook for a new or changed segment, called after saving, with the definitions locked.

    `author` is the user who saved the segment (None: a command or a task), and sees the returned
    problems as warnings. An exception rolls the save back.
    """

    def __call__(self, segment: Segment, *, author: Any) -> Iterable[Problem]: ...


class OnSwitchedOn(Protocol):
    """A hook for a stored segment that was inactive and is active from now on.

    Called with the definitions locked. An exception leaves the segment inactive.
    """

    def __call__(self, segment: Segment) -> None: ...


WHEN_DEFINED: Registry[OnDefined] = Registry("hook", dotted_name)
WHEN_SWITCHED_ON: Registry[OnSwitchedOn] = Registry("hook", dotted_name)


def tell_switched_on(segment: Segment) -> None:
    """Call the hooks of every app because `segment` is active again."""
    for follow in WHEN_SWITCHED_ON:
        follow(segment)
