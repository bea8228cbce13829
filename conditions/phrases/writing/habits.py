"""Phrases about the first or the last rows only, and about periods in which rows lie."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from conditions.language.counted import Counted, form_of
from conditions.language.operators import Words
from conditions.phrases.template import template
from conditions.phrases.writing.clauses import Clause, Style
from core.text.formats import number_shown

# These stand before any clause about the rows.
COUNTING: Words = gettext_lazy("(counting only %(rows)s) %(clause)s")
GOING_BY: Words = gettext_lazy("(going by %(label)s) %(clause)s")
WHEN: Words = pgettext_lazy("periods", "(%(when)s) %(clause)s")
# Descriptions of rows: ordered by another time than their own; chosen among some of them.
BY: Words = gettext_lazy("%(rows)s by %(label)s")
OF_THOSE: Words = gettext_lazy("%(rows)s of those%(where)s")
# The number of periods; French has a form of its own before a vowel.
ACTIVE: Words = gettext_lazy("in %(number)s %(periods)s")
ACTIVE_BEFORE_VOWEL: Words = pgettext_lazy("before a vowel", "in %(number)s %(periods)s")
VOWELS = "aeiouhéêà"


def first_rows(number: int) -> str:
    return _("the first one") if number == 1 else _("the first %(value)s")


def last_rows(number: int) -> str:
    return _("the last one") if number == 1 else _("the last %(value)s")


def of_last_days(number: int) -> str:
    return ngettext("of the last %(value)s day", "of the last %(value)s days", number)


def of_last_weeks(number: int) -> str:
    return ngettext("of the last %(value)s week", "of the last %(value)s weeks", number)


def of_last_months(number: int) -> str:
    return ngettext("of the last %(value)s month", "of the last %(value)s months", number)


def of_last_quarters(number: int) -> str:
    return ngettext("of the last %(value)s quarter", "of the last %(value)s quarters", number)


def days_then_none(number: int) -> str:
    return ngettext(
        "in each of %(value)s day and not since the beginning of yesterday",
        "in each of %(value)s days and not since the beginning of yesterday",
        number,
    )


def weeks_then_none(number: int) -> str:
    return ngettext(
        "in each of %(value)s week and not since the beginning of last week",
        "in each of %(value)s weeks and not since the beginning of last week",
        number,
    )


def months_then_none(number: int) -> str:
    return ngettext(
        "in each of %(value)s month and not since the beginning of last month",
        "in each of %(value)s months and not since the beginning of last month",
        number,
    )


def quarters_then_none(number: int) -> str:
    return ngettext(
        "in each of %(value)s quarter and not since the beginning of last quarter",
        "in each of %(value)s quarters and not since the beginning of last quarter",
        number,
    )


ENDS: Mapping[str, Counted] = {"first": first_rows, "last": last_rows}
OF_LAST: Mapping[str, Counted] = {
    "day": of_last_days,
    "week": of_last_weeks,
    "month": of_last_months,
    "quarter": of_last_quarters,
}
THEN_NONE: Mapping[str, Counted] = {
    "day": days_then_none,
    "week": weeks_then_none,
    "month": months_then_none,
    "quarter": quarters_then_none,
}


def stopped_said(unit: str, count: int) -> str:
    """Return, translated, "in each of 3 months and not since the beginning of last month".

    Raises KeyError for a `unit` that is none of `day`, `week`, `month` and `quarter`.
    """
    return template(form_of(THEN_NONE[unit], count)).write(value=number_shown(count))


def active_said(number: str, unit: str, count: int) -> str:
    """Return "in at least 4 of the last 6 months", where `number` is "at least 4"."""
    words = ACTIVE_BEFORE_VOWEL if number[0].lower() in VOWELS else ACTIVE
    return template(str(words)).write(number=number, periods=last_periods(unit, count))


def last_periods(unit: str, count: int) -> str:
    """Return "of the last 6 months"."""
    return template(form_of(OF_LAST[unit], count)).write(value=number_shown(count))


def when_clause(when: str, clause: Clause, style: Style) -> Clause:
    """Return `clause`, about rows, with the periods in which the rows lie."""
    said = template(str(WHEN)).write(alone=style.alone, when=when, clause=clause.text)
    return Clause(said, clause.has_pronoun)


def limited_clause(
    end: str, number: int, label: str, where: str, clause: Clause, style: Style
) -> Clause:
    """Return `clause` restricted to the `number` first or last rows (`end`).

    `label` names the time by which the rows are in order ("": their own time); `where` words the
    conditions on the rows among which they are counted, with a space in front ("": all rows).
    """
    rows = template(form_of(ENDS[end], number)).write(value=number_shown(number))
    if label:
        rows = template(str(BY)).write(rows=rows, label=label)
    if where:
        rows = template(str(OF_THOSE)).write(rows=rows, where=where)
    said = template(str(COUNTING)).write(alone=style.alone, rows=rows, clause=clause.text)
    return Clause(said, clause.has_pronoun)


def going_by_clause(label: str, clause: Clause, style: Style) -> Clause:
    """Return `clause` about rows by the time that is called `label`, instead of their own."""
    said = template(str(GOING_BY)).write(alone=style.alone, label=label, clause=clause.text)
    return Clause(said, clause.has_pronoun)
