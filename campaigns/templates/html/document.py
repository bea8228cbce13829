"""The whole HTML document of a mail, built around its cleaned content."""

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

from django.utils.html import escape
from django.utils.translation import get_language

from campaigns.templates.html.addresses import Addresses
from campaigns.templates.html.cleaning import clean_css, clean_html

if TYPE_CHECKING:
    from css_inline import CSSInliner

# Where these are mistaken, they find text that is cleaned and escaped like any other. None goes
# past a “<”: a search that begins at each of thousands of tags would take very long.
_STYLE = re.compile(r"<style[^<>]*>(.*?)(?:</style|\Z)", re.IGNORECASE | re.DOTALL)
_BODY = re.compile(r"<body\b((?:\"[^\"<]*\"|'[^'<]*'|[^<>\"'])*)>", re.IGNORECASE)
# MJML writes “und” (undetermined) where no language was set.
_LANGUAGE = re.compile(
    r"<html[^<>]*?\slang=\"?((?!und\b)[a-z]{2,3}(?:-[a-z0-9]{2,8})*)[\s\">]", re.IGNORECASE
)
_BODY_STYLE = re.compile(r"\sstyle=\"([^\"]*)\"", re.IGNORECASE)
_BODY_COLOUR = re.compile(r"\sbgcolor=\"(#?[a-z0-9]{1,20})\"", re.IGNORECASE)


@cache
def _inliner() -> "CSSInliner":
    # A process that shows no mail does not load the library.
    from css_inline import CSSInliner

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


class Cleaned:
    """The harmless parts of an HTML document or of a piece of one.

    `styles_failed` says that its style sheet could not be read, so that nothing was inlined; `lost`
    are addresses that lead nowhere. Paths lead to `shop`, where that is known.
    """

    def __init__(self, html: str, shop: str) -> None:
        self.styles_failed = False
        addresses = Addresses(shop)
        from css_inline import InlineError

        try:
            inlined = _inliner().inline(html)
        except InlineError:
            self.styles_failed = True
            inlined = html
        self.body = clean_html(inlined, addresses)
        self.lost = addresses.lost
        self._styles = clean_css("\n".join(_STYLE.findall(inlined)))
        self._language = _first(_LANGUAGE, html) or get_language() or "en"
        attributes = _first(_BODY, inlined)
        self._body_style = clean_css(unescape(_first(_BODY_STYLE, attributes)))
        self._body_colour = _first(_BODY_COLOUR, attributes)

    def document(self, title: str, preheader: str, footer: str) -> str:
        """Return a whole document; `title` and `preheader` are text, `footer` is clean HTML."""
        colour = f' bgcolor="{self._body_colour}"' if self._body_colour else ""
        style = f' style="{escape(self._body_style)}"' if self._body_style else ""
        styles = f"<style>{self._styles}</style>" if self._styles else ""
        return (
            f'<!DOCTYPE html><html lang="{self._language}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(title)}</title>{styles}</head><body{colour}{style}>"
            f"{_hidden(preheader)}{self.body}{footer}</body></html>"
        )


def _hidden(preheader: str) -> str:
    if not preheader:
        return ""
    style = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;mso-hide:all"
    return f'<div style="{style}">{escape(preheader)}</div>'


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
