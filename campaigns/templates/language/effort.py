"""Limits on the cost of one rendering, so that no template fills the memory or never ends.

A unit is one character that is read or written. Each iteration of a loop and each expression costs
some units too: otherwise empty nested loops would cost nothing but time.
"""

from typing import Any

from django.template import Context
from django.template.base import FilterExpression

MOST_UNITS = 4_000_000
MOST_CHARACTERS = 2_000_000
STEP = 40
# A placement may be empty: personalization decides that, not the template. So may a brand: its
# sender may lose the logo while the mail is on its way. A mail that goes out always has a postal
# address, but a preview of a store without a sender has none.
MAY_BE_EMPTY = frozenset({"brand", "content", "postal_address"})


class TooMuch(Exception):
    """A rendering has exceeded its limits."""


class MeteredContext(Context):
    """The names of one rendering, its cost so far, and its empty expressions.

    `may_be_empty` are names that may have no value; `empty` are the other expressions that
    wrote nothing where they stand.
    """

    def __init__(self, values: dict[str, Any], autoescape: bool) -> None:
        super().__init__(values, autoescape=autoescape)
        self.spent = 0
        self.may_be_empty = set(MAY_BE_EMPTY)
        self.empty: set[str] = set()

    def note_empty(self, expression: FilterExpression) -> None:
        """Note that `expression` wrote nothing; not a literal."""
        if expression.is_var and root_of(expression) not in self.may_be_empty:
            self.empty.add(expression.token)

    def name(self, alias: str, expression: FilterExpression) -> None:
        """Treat `alias` as a name for `expression` from now on."""
        if root_of(expression) in self.may_be_empty:
            self.may_be_empty.add(alias)


def root_of(expression: FilterExpression) -> str:
    """Return the name that an expression begins with; "" for a literal."""
    return str(expression.var).partition(".")[0] if expression.is_var else ""


def spend(context: Context, units: int) -> None:
    """Count `units` of effort; raise `TooMuch` if the rendering exceeds its limit."""
    assert isinstance(context, MeteredContext)
    context.spent += units
    if context.spent > MOST_UNITS:
        raise TooMuch
