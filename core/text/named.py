"""Names of many things in one sentence: the first of them, and how many more there are."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from core.text.formats import number_shown

# More names than that nobody reads.
MOST_NAMED = 20


def first_named(names: Sequence[str]) -> str:
    """Return the first 20 of `names` with commas between, and how many more there are."""
    said = list(names[:MOST_NAMED])
    if more := len(names) - len(said):
        said.append(_("… and %(count)s more") % {"count": number_shown(more)})
    return ", ".join(said)
