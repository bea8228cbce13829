"""What one rendering may cost, so that no template fills the memory or never ends.

A unit is one character that is read or written. Each turn of a loop and each expression costs
some units too: without that, empty loops within loops would cost time and nothing else.
"""

from typing import Any

from django.template import Context

MOST_UNITS = 4_000_000
MOST_CHARACTERS = 2_000_000
STEP = 40


class TooMuch(Exception):
    """A rendering has cost more than it may."""


class MeteredContext(Context):
    """The names of one rendering, and what it has cost so far."""

    def __init__(self, values: dict[str, Any], autoescape: bool) -> None:
        super().__init__(values, autoescape=autoescape)
        self.spent = 0


def spend(context: Context, units: int) -> None:
    """Count `units` of effort; raise `TooMuch` where the rendering has used up what it may."""
    assert isinstance(context, MeteredContext)
    context.spent += units
    if context.spent > MOST_UNITS:
        raise TooMuch
