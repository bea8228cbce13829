"""The class of operators, and the operators that every type has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext_lazy as _

from conditions.language import counted
from conditions.language.counted import Counted
from conditions.language.windows import Ranges


class Takes(Enum):
    """The kinds of values that operators take."""

    NOTHING = "nothing"
    ONE = "one"
    LIST = "list"
    PAIR = "pair"
    DAYS = "days"
    HOURS = "hours"
    ANNIVERSARY_DAYS = "anniversary_days"
    PERIOD = "period"
    PART = "part"


@dataclass(frozen=True)
class Operator:
    """One operator of one type; `twin` names the positive one that a negative one negates."""

    name: str
    words: Counted
    takes: Takes = Takes.ONE
    twin: str | None = None
    lookup: str = ""
    ranges: Callable[..., Ranges] | None = None
    test: Callable[..., bool] | None = None
    # Whether the value may be another attribute: `compare` is then the sign between the sides.
    compare: str | None = None

    @property
    def label(self) -> str:
        """Its words where its value is not shown."""
        return counted.form_of(self.words).replace("%(value)s", "…")


Operators = Mapping[str, Operator]


def table(*operators: Operator) -> Operators:
    """Return operators by their names."""
    return {operator.name: operator for operator in operators}


def negation(name: str, words: Counted, twin: Operator) -> Operator:
    """Return the complement of `twin`."""
    return Operator(name, words, twin.takes, twin=twin.name, compare=twin.compare)


# Missing values never reach a test: `evaluate` handles them before.
IS_NOT_EMPTY = Operator(
    "is_not_empty",
    _("is known"),
    Takes.NOTHING,
    lookup="gt",
    ranges=lambda *_: [(None, None)],
    test=lambda *_: True,
)
IS_EMPTY = negation("is_empty", _("is not known"), IS_NOT_EMPTY)
