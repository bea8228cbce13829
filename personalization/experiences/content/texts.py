"""Texts with a few placeholders, each with a fallback for customers without that value.

`{first_name|there}` is the only syntax: there is no other template language. The result is escaped
for HTML as a whole, so that neither a name nor a merchant's text becomes markup, except for clients
that escape it themselves.
"""

import re
from collections.abc import Iterator, Mapping

from django.utils.html import escape
from django.utils.translation import gettext as _

PLACEHOLDERS = ("first_name", "segment", "top_interest")
# A text in braces, or a brace without its counterpart.
BRACED = re.compile(r"\{([^{}]*)\}|[{}]")


def problems_in_text(text: str) -> Iterator[tuple[str, str]]:
    """Yield code and message of everything in braces that is no placeholder with a default."""
    for found in BRACED.finditer(text):
        name, _bar, default = (found[1] or "").partition("|")
        if name not in PLACEHOLDERS:
            message = _("“%(text)s” is no placeholder: there are %(known)s.")
            known = ", ".join(f"{{{one}|…}}" for one in PLACEHOLDERS)
            yield "unknown_placeholder", message % {"text": found[0], "known": known}
        elif not default.strip():
            message = _("“%(text)s” needs a default for whom it is not known: {%(name)s|…}.")
            yield "no_default", message % {"text": found[0], "name": name}


def names_in(text: str) -> set[str]:
    """Return the names of the placeholders in a text."""
    return {(found[1] or "").partition("|")[0] for found in BRACED.finditer(text)}


def fill_text(text: str, values: Mapping[str, str], *, for_html: bool = True) -> str:
    """Return `text` with `values` by name; the default where one is missing or empty.

    With `for_html`, the result is escaped.
    """

    def put(found: re.Match[str]) -> str:
        name, _bar, default = (found[1] or "").partition("|")
        return values.get(name, "").strip() or default

    whole = BRACED.sub(put, text)
    return str(escape(whole)) if for_html else whole
