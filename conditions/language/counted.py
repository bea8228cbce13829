"""Words for a number of days or hours, in the plural form of the number."""

from collections.abc import Callable

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# A text for all numbers, or a function that returns the text for a number.
Counted = str | Promise | Callable[[int], str]
# Takes the plural, where the number is unknown.
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


def times(number: int) -> str:
    return ngettext("time", "times", number)


def different_products(number: int) -> str:
    return ngettext("different product", "different products", number)


def pieces(number: int) -> str:
    return ngettext("piece", "pieces", number)


def lines(number: int) -> str:
    return ngettext("line", "lines", number)


def products(number: int) -> str:
    return ngettext("product", "products", number)


def orders(number: int) -> str:
    return ngettext("order", "orders", number)


def orders_in_any_state(number: int) -> str:
    return ngettext("order in any state", "orders in any state", number)


def ordered_lines(number: int) -> str:
    return ngettext("line of products", "lines of products", number)


def refunds(number: int) -> str:
    return ngettext("refund", "refunds", number)


def open_carts(number: int) -> str:
    return ngettext("open cart", "open carts", number)


def carts(number: int) -> str:
    return ngettext("cart", "carts", number)


def addresses(number: int) -> str:
    return ngettext("address", "addresses", number)


def subscriptions(number: int) -> str:
    return ngettext("newsletter subscription", "newsletter subscriptions", number)


def birthday_in_next_days(number: int) -> str:
    if number == 1:
        return _("have their birthday today or tomorrow")
    return ngettext(
        "have their birthday in the next %(value)s day",
        "have their birthday in the next %(value)s days",
        number,
    )


def unchanged_for_days(number: int) -> str:
    if number == 0:
        return _("unchanged since yesterday")
    if number == 1:
        return _("unchanged for more than a day")
    return ngettext(
        "unchanged for more than %(value)s day", "unchanged for more than %(value)s days", number
    )


def unchanged_for_hours(number: int) -> str:
    if number == 1:
        return _("unchanged for more than an hour")
    return ngettext(
        "unchanged for more than %(value)s hour", "unchanged for more than %(value)s hours", number
    )


def in_the_last_days(number: int) -> str:
    if number == 1:
        return _("since yesterday")
    return ngettext("in the last %(value)s day", "in the last %(value)s days", number)


def days_ago(number: int) -> str:
    if number == 1:
        return _("more than a day ago")
    return ngettext("more than %(value)s day ago", "more than %(value)s days ago", number)


def in_the_next_days(number: int) -> str:
    if number == 1:
        return _("by tomorrow")
    return ngettext("in the next %(value)s day", "in the next %(value)s days", number)


def days_ahead(number: int) -> str:
    if number == 1:
        return _("more than a day ahead")
    return ngettext("more than %(value)s day ahead", "more than %(value)s days ahead", number)


def anniversary_in_the_next_days(number: int) -> str:
    if number == 1:
        return _("on a day whose anniversary is by tomorrow")
    return ngettext(
        "on a day whose anniversary is in the next %(value)s day",
        "on a day whose anniversary is in the next %(value)s days",
        number,
    )


def in_the_last_hours(number: int) -> str:
    if number == 1:
        return _("in the last hour")
    return ngettext("in the last %(value)s hour", "in the last %(value)s hours", number)


def hours_ago(number: int) -> str:
    if number == 1:
        return _("more than an hour ago")
    return ngettext("more than %(value)s hour ago", "more than %(value)s hours ago", number)


def entries(number: int) -> str:
    return ngettext("entry", "entries", number)


def product_views(number: int) -> str:
    return ngettext("product view", "product views", number)
