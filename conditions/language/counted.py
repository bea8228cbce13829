"""Words for a number of days or hours: each says itself in the plural form of the number."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import ngettext

# A text for all numbers alike, or what gives the text for a number.
Counted = str | Promise | Callable[[int], str]
# Takes the plural, for where no number is known.
MANY = 100


def form_of(words: Counted, number: int = MANY) -> str:
    """Return `words` in the form that `number` takes in the active language."""
    return words(number) if callable(words) else str(words)


def days(number: int) -> str:
    return ngettext("day", "days", number)


def in_last_days(number: int) -> str:
    return ngettext("is in the last %(value)s day", "is in the last %(value)s days", number)


def not_in_last_days(number: int) -> str:
    return ngettext("is not in the last %(value)s day", "is not in the last %(value)s days", number)


def more_than_days_ago(number: int) -> str:
    return ngettext("is more than %(value)s day ago", "is more than %(value)s days ago", number)


def in_next_days(number: int) -> str:
    return ngettext("is in the next %(value)s day", "is in the next %(value)s days", number)


def not_in_next_days(number: int) -> str:
    return ngettext("is not in the next %(value)s day", "is not in the next %(value)s days", number)


def more_than_days_ahead(number: int) -> str:
    return ngettext("is more than %(value)s day ahead", "is more than %(value)s days ahead", number)


def anniversary_in_next_days(number: int) -> str:
    return ngettext(
        "has its anniversary in the next %(value)s day",
        "has its anniversary in the next %(value)s days",
        number,
    )


def in_last_hours(number: int) -> str:
    return ngettext("is in the last %(value)s hour", "is in the last %(value)s hours", number)


def not_in_last_hours(number: int) -> str:
    return ngettext(
        "is not in the last %(value)s hour", "is not in the last %(value)s hours", number
    )


def more_than_hours_ago(number: int) -> str:
    return ngettext("is more than %(value)s hour ago", "is more than %(value)s hours ago", number)
