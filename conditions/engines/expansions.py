"""SQL that several engines share: days to anniversaries, the calendar's ends, hashed texts."""

from __future__ import annotations

from datetime import date
from itertools import groupby

from sqlglot import exp

from conditions.language.windows import days_of_a_leap_year, days_until_anniversary
from core.text.hashes import DIGITS

CALENDAR = ("0001-01-01", "9999-12-31")


def days_ahead(number: exp.Expr, today: date) -> exp.Expr:
    """Return the days from `today` to the next anniversary of a day, as `DaysAhead` does.

    `number` is the number of the day in a leap year, from 1. From one day to the next the
    anniversary is one day further away, except at two or three days.
    """
    counted = enumerate(days_of_a_leap_year(), start=1)
    ahead = [(n, days_until_anniversary(day, today) - n) for n, day in counted]
    runs = [(list(run)[-1][0], more) for more, run in groupby(ahead, key=lambda pair: pair[1])]
    cases = [
        exp.If(
            this=exp.LTE(this=number.copy(), expression=exp.Literal.number(last)),
            true=exp.Add(this=number.copy(), expression=exp.Literal.number(more)),
        )
        for last, more in runs
    ]
    return exp.Paren(this=exp.Case(ifs=cases))


def expand_salted(call: exp.Expr) -> exp.Expr:
    """Return the text that `Bucket` hashes, from a call of our function for it."""
    salt, unit = call.expressions
    return exp.DPipe(this=exp.Literal.string(f"{salt.name}:"), expression=unit)


def first_digits(digits: exp.Expr) -> exp.Expr:
    """Return the first hex digits of a hash, as many as `Bucket` uses."""
    ends = [exp.Literal.number(1), exp.Literal.number(DIGITS)]
    return exp.Anonymous(this="substr", expressions=[digits, *ends])
