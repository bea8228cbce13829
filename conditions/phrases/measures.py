"""Compared values in words: "at least 3 days", "in the last week", "A or B"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conditions.attribute import Attribute
from conditions.language import counted
from conditions.language.counted import Counted
from conditions.language.operators import Words
from conditions.language.types import (
    CATEGORY,
    DATETIME,
    PART,
    SET,
    TEXT,
    DateType,
    NumberType,
    ValueType,
)


@dataclass(frozen=True)
class Kind:
    """How sentences word the values of some types.

    `measures` has the phrase of each positive operator with its value, `verbs` the phrases that
    need a verb of their own, each with its complement. `copula` makes a clause of any other
    measure: a verb, and its complement. `list_of_one` has the phrases of operators of several
    values for a list of one, where they differ from those of the operator for a single value.
    """

    copula: tuple[Words, Words]
    measures: Mapping[str, Counted]
    verbs: Mapping[str, tuple[Words, Words]] = field(default_factory=dict)
    list_of_one: Mapping[str, Words] = field(default_factory=dict)


KNOWN: tuple[Words, Words] = (
    pgettext_lazy("clause", "is known"),
    pgettext_lazy("clause", "is not known"),
)
ONE_OF = pgettext_lazy("a list of one", "one of %(value)s")
# A value that is another attribute.
OTHER = _("the value of %(label)s")
TIMES = _("%(times)s × %(other)s")
# A day or an instant after a preposition.
POINT = pgettext_lazy("in a sentence", "%(day)s")

NUMBER = Kind(
    copula=(pgettext_lazy("number", "is %(value)s"), pgettext_lazy("number", "is not %(value)s")),
    measures={
        "is": _("exactly %(value)s"),
        "gt": _("more than %(value)s"),
        "gte": _("at least %(value)s"),
        "lt": _("less than %(value)s"),
        "lte": _("at most %(value)s"),
        "between": pgettext_lazy("number", "between %(low)s and %(high)s"),
        "is_one_of": "%(value)s",
    },
    list_of_one={"is_one_of": ONE_OF},
)
# Numbers of rows, after the verb of a count: "have placed more than 3 orders".
AMOUNTS: Mapping[str, Words] = {
    "is": pgettext_lazy("amount", "exactly"),
    "is_not": pgettext_lazy("amount", "not exactly"),
    "gt": pgettext_lazy("amount", "more than"),
    "gte": pgettext_lazy("amount", "at least"),
    "lt": pgettext_lazy("amount", "fewer than"),
    "lte": pgettext_lazy("amount", "at most"),
    "between": pgettext_lazy("amount", "between"),
    "not_between": pgettext_lazy("amount", "not between"),
    "is_one_of": pgettext_lazy("amount", "either"),
    "is_not_one_of": pgettext_lazy("amount", "neither"),
}
DATE = Kind(
    copula=(pgettext_lazy("date", "is %(value)s"), pgettext_lazy("date", "is not %(value)s")),
    measures={
        "is": pgettext_lazy("date", "on %(value)s"),
        "before": _("before %(value)s"),
        "after": _("after %(value)s"),
        "on_or_before": _("on or before %(value)s"),
        "on_or_after": _("on or after %(value)s"),
        "between": pgettext_lazy("date", "between %(low)s and %(high)s"),
        "in_last_days": counted.in_the_last_days,
        "more_than_days_ago": counted.days_ago,
        "in_next_days": counted.in_the_next_days,
        "more_than_days_ahead": counted.days_ahead,
        "in_period": "%(value)s",
        "anniversary_in_next_days": counted.anniversary_in_the_next_days,
    },
)
INSTANT = Kind(
    copula=DATE.copula,
    measures={
        **DATE.measures,
        "in_last_hours": counted.in_the_last_hours,
        "more_than_hours_ago": counted.hours_ago,
    },
)
CODE = Kind(
    copula=(pgettext_lazy("choice", "is %(value)s"), pgettext_lazy("choice", "is not %(value)s")),
    measures={"is": "%(value)s", "is_one_of": "%(value)s"},
    list_of_one={"is_one_of": ONE_OF},
)
TEXTS = Kind(
    copula=CODE.copula,
    measures={
        **CODE.measures,
        "contains": _("containing %(value)s"),
        "starts_with": _("beginning with %(value)s"),
        "ends_with": _("ending in %(value)s"),
    },
    verbs={
        "contains": (_("contains %(value)s"), _("does not contain %(value)s")),
        "starts_with": (_("begins with %(value)s"), _("does not begin with %(value)s")),
        "ends_with": (_("ends in %(value)s"), _("does not end in %(value)s")),
    },
    list_of_one=CODE.list_of_one,
)
SETS = Kind(
    copula=(pgettext_lazy("set", "includes %(value)s"), _("does not include %(value)s")),
    measures={"has": "%(value)s", "has_any_of": "%(value)s", "has_all_of": "%(value)s"},
    list_of_one={
        "has_any_of": ONE_OF,
        "has_all_of": pgettext_lazy("a list of one", "all of %(value)s"),
    },
)
CATEGORIES = Kind(
    copula=CODE.copula,
    measures={
        "is": _("%(value)s (without subcategories)"),
        "is_one_of": _("%(value)s (without subcategories)"),
        "is_or_below": "%(value)s",
        "is_one_of_or_below": "%(value)s",
    },
    list_of_one={"is_one_of": ONE_OF, "is_one_of_or_below": ONE_OF},
)

PARTS = Kind(copula=CODE.copula, measures={"is_in": "%(value)s"})
# A part of a draw: from its beginning, and from another point.
FIRST_PART = _("the first %(high)s%(percent)s of the draw %(salt)s")
OTHER_PART = _("the part from %(low)s%(percent)s to %(high)s%(percent)s of the draw %(salt)s")

PERIODS: Mapping[str, Words] = {
    "today": pgettext_lazy("when", "today"),
    "yesterday": pgettext_lazy("when", "yesterday"),
    "tomorrow": pgettext_lazy("when", "tomorrow"),
    "this_week": pgettext_lazy("when", "this week"),
    "last_week": pgettext_lazy("when", "last week"),
    "this_month": pgettext_lazy("when", "this month"),
    "last_month": pgettext_lazy("when", "last month"),
    "this_quarter": pgettext_lazy("when", "this quarter"),
    "last_quarter": pgettext_lazy("when", "last quarter"),
    "this_year": pgettext_lazy("when", "this year"),
    "last_year": pgettext_lazy("when", "last year"),
}


def kind_of(type_: ValueType) -> Kind:
    """Return how sentences word values of `type_`."""
    if isinstance(type_, NumberType):
        return NUMBER
    if isinstance(type_, DateType):
        return INSTANT if type_ is DATETIME else DATE
    kinds = {TEXT.name: TEXTS, SET.name: SETS, CATEGORY.name: CATEGORIES, PART.name: PARTS}
    return kinds.get(type_.name, CODE)


def measure_words(attribute: Attribute, operator: str) -> Counted:
    """Return the phrase of a positive `operator` with a value of `attribute`.

    A number that names a row stands alone: "of step 2".
    """
    if attribute.is_ordinal and operator == "is":
        return "%(value)s"
    return kind_of(attribute.type).measures[operator]
