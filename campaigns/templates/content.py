"""A template's content as it is written, and the check of all its parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.templates.language.inspection import names_in
from campaigns.templates.language.parsing import MailTemplate
from campaigns.templates.language.warnings import Doubt
from campaigns.templates.mjml import mjml_problems
from campaigns.templates.problems import TemplateProblem

SUBJECT_CHARACTERS = 250
BODY_BYTES = 512 * 1024
FORMATS = ("html", "mjml")
PARTS = ("subject", "preheader", "html", "text")

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Content:
    """The parts of a template as its author has written them.

    `format` is the language of the part `html`: html or mjml.
    """

    subject: str
    preheader: str = ""
    html: str = ""
    text: str = ""
    format: str = "html"

    @property
    def has_body(self) -> bool:
        """Return whether its mails have any content besides the subject."""
        return bool(self.html.strip() or self.text.strip())


@dataclass(frozen=True)
class Examined:
    """The parts that could be read, by name, and the problems of all parts.

    `placements` are the names that any part has below `content`; `doubts` are warnings about
    valid text that was probably meant otherwise.
    """

    parts: Mapping[str, MailTemplate]
    problems: list[TemplateProblem]
    placements: frozenset[str]
    doubts: list[Doubt]


def check(content: Content) -> list[TemplateProblem]:
    """Return all problems of all parts; none if the template is valid."""
    return examine(content).problems


def examine(content: Content) -> Examined:
    """Read every part; those with a problem that stops reading are left out."""
    parts: dict[str, MailTemplate] = {}
    problems: list[TemplateProblem] = []
    placements: set[str] = set()
    doubts: list[Doubt] = []
    for part in PARTS:
        source: str = getattr(content, part)
        unreadable = _unreadable(part, source)
        problems += unreadable
        if not unreadable:
            parts[part] = MailTemplate(source, part)
            named = names_in(parts[part])
            problems += parts[part].problems + named.problems
            placements |= named.placements
            doubts += named.doubts
    if content.format not in FORMATS:
        text = _("The format is html or mjml.")
        problems.append(TemplateProblem("not_allowed", "html", None, text))
    elif content.format == "mjml" and not any(one.part == "html" for one in problems):
        problems += mjml_problems(parts["html"])
    return Examined(parts, problems, frozenset(placements), doubts)


def _unreadable(part: str, source: str) -> list[TemplateProblem]:
    problems = []
    is_body = part in ("html", "text")
    if is_body and len(source.encode("utf-8", "surrogatepass")) > BODY_BYTES:
        text = _("At most %d KB.") % (BODY_BYTES // 1024)
        problems.append(TemplateProblem("too_long", part, None, text))
    if not is_body and len(source) > SUBJECT_CHARACTERS:
        text = _("At most %d characters.") % SUBJECT_CHARACTERS
        problems.append(TemplateProblem("too_long", part, None, text))
    if broken := _NO_TEXT.search(source):
        line = source.count("\n", 0, broken.start()) + 1
        text = _("There is a character that is no text.")
        problems.append(TemplateProblem("syntax", part, line, text))
    return problems
