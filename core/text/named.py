"""Names of many things in one sentence: the first of them, and how many more there are."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.text.formats import number_shown

# More names than that nobody reads.
MOST_NAMED = 20


def first_names(names: Sequence[str]) -> list[str]:
    """Return the first 20 of `names`; where there are more, a last entry says how many."""
    shown = list(names[:MOST_NAMED])
    if more := len(names) - len(shown):
        shown.append(_("… and %(count)s more") % {"count": number_shown(more)})
    return shown


def first_named(names: Sequence[str]) -> str:
    """Return the first 20 of `names` with commas between, and how many more there are."""
    return ", ".join(first_names(names))
