"""Writes one part of a template from plain values."""

from typing import Any

from django.utils.translation import gettext as _

from campaigns.templates.language.effort import MOST_CHARACTERS, MeteredContext, TooMuch
from campaigns.templates.language.parsing import MailTemplate
from campaigns.templates.problems import TemplateProblem, TemplateRefused


def too_long(part: str) -> TemplateRefused:
    """Return the refusal of a part whose output would be too long."""
    text = _("What the template makes of the values is too long.")
    return TemplateRefused([TemplateProblem("too_long", part, None, text)])


def render_text(
    template: MailTemplate, values: dict[str, Any], empty: set[str] | None = None
) -> str:
    """Return the text; raise `TemplateRefused` where it would be too long.

    `values` are plain data; they are escaped in the part html and in no other. To `empty` is added
    which expressions wrote nothing.
    """
    context = MeteredContext(values, autoescape=template.part == "html")
    try:
        text = str(template.render(context))
    except TooMuch:
        raise too_long(template.part) from None
    if len(text) > MOST_CHARACTERS:
        raise too_long(template.part)
    if empty is not None:
        empty |= context.empty
    return text
