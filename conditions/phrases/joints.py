"""The words between the steps of an order of events: "and then, within 7 days, …"."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from conditions.language.operators import Words

# All steps; languages with participles add the auxiliary verb that stands once.
CHAIN: Words = pgettext_lazy("order of events", "%(steps)s")
# How a further step goes on, by the limits on its time.
THEN: Mapping[tuple[str, ...], Words] = {
    (): gettext_lazy(" and then %(step)s"),
    ("within",): gettext_lazy(" and then, %(within)s, %(step)s"),
    ("after",): gettext_lazy(" and then, %(after)s, %(step)s"),
    ("after", "within"): gettext_lazy(" and then, %(after)s and %(within)s, %(step)s"),
}
NOT_THEN: Mapping[tuple[str, ...], Words] = {
    (): gettext_lazy(" and %(step)s afterwards"),
    ("within",): gettext_lazy(" and %(step)s %(within)s"),
}
AT: Words = gettext_lazy(" (by %(label)s)")
ONLY: Mapping[str, Words] = {
    "first": gettext_lazy(" (the first time)"),
    "last": gettext_lazy(" (the last time)"),
}


def within_days(number: int) -> str:
    return ngettext("within %(value)s day", "within %(value)s days", number)


def within_hours(number: int) -> str:
    return ngettext("within %(value)s hour", "within %(value)s hours", number)


def after_days(number: int) -> str:
    return ngettext("after at least %(value)s day", "after at least %(value)s days", number)


def after_hours(number: int) -> str:
    return ngettext("after at least %(value)s hour", "after at least %(value)s hours", number)


GAPS: Mapping[str, Mapping[str, Callable[[int], str]]] = {
    "after": {"hours": after_hours, "days": after_days},
    "within": {"hours": within_hours, "days": within_days},
}
