"""The footer that every mail has where its template has none: the way out and who sends it."""

import re

from django.utils.html import escape
from django.utils.translation import gettext as _

from campaigns.templates.html.addresses import Addresses
from campaigns.templates.html.cleaning import clean_html
from campaigns.templates.html.reading import Reading

_GOES_ON = re.compile(r"[\w/?=&%#~+-]")
_STYLE = "padding:16px;text-align:center;font-size:12px;line-height:18px;color:#666666"


def html_footer(seen: Reading, link: str, address: str) -> str:
    """Return HTML with what `seen` lacks of the unsubscribe `link` and the postal `address`."""
    lines = []
    if link and link not in seen.links:
        lines.append(f'<a href="{escape(link)}">{escape(_("Unsubscribe"))}</a>')
    if not _has_address(seen.text, address):
        lines += [escape(line.strip()) for line in address.splitlines()]
    if not lines:
        return ""
    return clean_html(f'<div style="{_STYLE}">{"<br>".join(lines)}</div>', Addresses())


def text_footer(text: str, link: str, address: str) -> str:
    """Return lines with what `text` lacks of the unsubscribe `link` and the postal `address`."""
    lines = []
    # A longer address that begins like the link is another one.
    if link and all(_GOES_ON.match(rest) for rest in text.split(link)[1:]):
        lines.append(f"{_('Unsubscribe')}: {link}")
    if not _has_address(text, address):
        lines += [line.strip() for line in address.splitlines()]
    return "\n".join(lines)


def _has_address(text: str, address: str) -> bool:
    return " ".join(address.split()) in " ".join(text.split())
