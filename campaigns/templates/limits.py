"""How much markup there may be, before a parser builds a tree of it.

The rules of HTML let a few kilobytes become millions of elements (a tag that is never closed is
repeated in each paragraph), and inlining copies each style to every element that it fits.
"""

import re
from collections import Counter

from campaigns.templates.output import too_long

MOST_OPEN = 200
MOST_OPEN_TIMES_TAGS = 1_000_000
MOST_STYLE_TIMES_TAGS = 200_000_000

_TAG = re.compile(r"<(/?)([a-z][a-z0-9:-]*)", re.IGNORECASE)
_STYLE = re.compile(r"<style\b.*?(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
# These have no end, or one that need not be written.
_ENDLESS_NAMES = (
    "area base br col dd dt embed hr img input li link meta option p param source tbody td "
    "tfoot th thead tr track wbr"
)
_ENDLESS = frozenset(_ENDLESS_NAMES.split())


def check_markup(html: str) -> None:
    """Raise `TemplateRefused` where `html` would cost too much to be taken apart."""
    opened: Counter[str] = Counter()
    depth = deepest = tags = 0
    for end, written_name in _TAG.findall(html):
        tags += 1
        name = written_name.lower()
        if name in _ENDLESS:
            continue
        if not end:
            opened[name] += 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    styles = sum(len(style) for style in _STYLE.findall(html))
    if (
        deepest > MOST_OPEN
        or deepest * tags > MOST_OPEN_TIMES_TAGS
        or styles * tags > MOST_STYLE_TIMES_TAGS
    ):
        raise too_long("html")
