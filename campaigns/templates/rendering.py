"""A template made into the subject, the HTML and the text of one mail."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.html import linebreaks
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns.templates.content import Content, Examined, examine
from campaigns.templates.html.broken_links import describe_lost_links
from campaigns.templates.html.document import Cleaned
from campaigns.templates.html.footer import html_footer, text_footer
from campaigns.templates.html.reading import Reading
from campaigns.templates.language.effort import MOST_CHARACTERS
from campaigns.templates.language.parsing import MailTemplate
from campaigns.templates.language.warnings import NO_ADDRESS, NO_DEFAULT
from campaigns.templates.limits import check_markup
from campaigns.templates.mjml import html_of_mjml
from campaigns.templates.output import render_text, too_long
from campaigns.templates.plain import plain_values
from campaigns.templates.problems import TemplateRefused

# Gmail shows no more of a mail.
SHOWN_BYTES = 102_000
# No line of a header may be longer (RFC 5322).
SUBJECT_CHARACTERS = 998
# A template of 512 KB stays in memory a few times over.
TEMPLATES_KEPT = 32

NOWHERE = gettext_lazy("A link or an image has no full address that begins with https://.")
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True)
class Rendered:
    """One mail, ready but for its headers; `warnings` are sentences for the author.

    `empty` are the expressions that wrote nothing where they stand: a mail with such a hole is
    nothing that a shop sends. `faults` are those of the warnings that recipients would notice, such
    as a link that leads nowhere.
    """

    subject: str
    html: str
    text: str
    warnings: list[str]
    empty: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of the HTML in UTF-8."""
        return len(self.html.encode())


def render(content: Content, values: Mapping[str, Any], *, shop: str = "") -> Rendered:
    """Return the mail that `content` makes of `values`.

    Links and images that are paths lead to `shop`, such as https://shop.example; nowhere without.
    Raise `TemplateRefused` where the template has problems or its output would be too long.
    """
    examined = _read(content)
    parts = examined.parts
    plain = plain_values(values)
    empty: set[str] = set()
    subject = _one_line(render_text(parts["subject"], plain, empty))[:SUBJECT_CHARACTERS]
    preheader = _one_line(render_text(parts["preheader"], plain, empty))
    text = (
        render_text(parts["text"], plain, empty).replace("\r\n", "\n").replace("\r", "\n").strip()
    )
    cleaned = Cleaned(_body(content, parts["html"], plain, text, empty), shop)
    seen = Reading(cleaned.body)
    link, address = (str(plain[name] or "") for name in ("unsubscribe_url", "postal_address"))
    html = cleaned.document(subject, preheader, html_footer(seen, link, address))
    if len(html) > MOST_CHARACTERS:
        raise too_long("html")
    text = text or seen.text
    footer = text_footer(text, link, address)
    whole_text = "\n\n".join(filter(None, (text, footer)))
    lost = describe_lost_links(cleaned.lost, plain["content"] or {})
    # The doubts about the template name the links that have no address in it.
    doubted = {one.written for one in examined.doubts if one.kind == NO_ADDRESS}
    has_others = sum(one not in doubted for one in seen.nowhere) > len(cleaned.lost)
    faults = [*([str(NOWHERE)] if has_others else []), *lost]
    warnings = [*_warnings(len(html.encode()), seen, cleaned), *faults]
    return Rendered(subject, html, whole_text, warnings, frozenset(empty), tuple(faults))


def placements_in(content: Content) -> frozenset[str]:
    """Return the names that `content` has below `content`; raise `TemplateRefused`."""
    return _read(content).placements


def doubts_about(content: Content, *, faults_only: bool = False) -> list[str]:
    """Return warnings about parts of `content` that were probably meant otherwise, as sentences.

    A sentence that is the same for several parts comes once. With `faults_only`, leave out what
    only some recipients may notice. Raise `TemplateRefused` if the template has problems.
    """
    doubts = _read(content).doubts
    sentences = (str(one) for one in doubts if one.kind != NO_DEFAULT or not faults_only)
    found = list(dict.fromkeys(sentences))
    if not content.has_body:
        text = _(
            "It has no body: recipients see only the link to unsubscribe and the postal address."
        )
        found.insert(0, text)
    return found


@lru_cache(maxsize=TEMPLATES_KEPT)
def _read(content: Content) -> Examined:
    examined = examine(content)
    if examined.problems:
        raise TemplateRefused(examined.problems)
    return examined


def _body(
    content: Content, part: MailTemplate, plain: dict[str, Any], text: str, empty: set[str]
) -> str:
    html = render_text(part, plain, empty)
    if not html.strip():
        return linebreaks(text, autoescape=True)
    if content.format == "mjml":
        html = html_of_mjml(html)
    check_markup(html)
    return html


def _one_line(text: str) -> str:
    return _CONTROLS.sub("", _SPACES.sub(" ", text)).strip()


def _warnings(size: int, seen: Reading, cleaned: Cleaned) -> list[str]:
    warnings = []
    if size > SHOWN_BYTES:
        text = _("The HTML has %(size)d bytes; Gmail cuts it off after %(most)d.")
        warnings.append(text % {"size": size, "most": SHOWN_BYTES})
    if seen.undescribed:
        count = seen.undescribed
        one, many = "%d image has no alternative text.", "%d images have no alternative text."
        warnings.append(ngettext(one, many, count) % count)
    if cleaned.styles_failed:
        warnings.append(_("The style sheet cannot be read, so it was not inlined."))
    return warnings
