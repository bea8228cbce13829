"""What mails contain: the content of a template, of a campaign with its variants, of a message."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from campaigns.content.experiments import SUBJECT, TEMPLATE, running_experiment
from campaigns.designs.catalogue import unwritten_texts
from campaigns.models import (
    Campaign,
    CampaignVariant,
    MailTemplate,
    MailTemplateVersion,
    Message,
)
from campaigns.templates.content import Content
from campaigns.templates.rendering import doubts_about


def content_of(source: MailTemplate | Mapping[str, Any]) -> Content:
    """Return the content of a template, or of the definition of one of its versions."""
    values = source if isinstance(source, Mapping) else vars(source)
    return Content(**{name: values[name] for name in Content.__dataclass_fields__})


def contents_of(campaign: Campaign) -> list[Content]:
    """Return the contents of mails of `campaign`: its own, and those of its running experiment."""
    found = [content_of(campaign.template)]
    experiment = running_experiment(campaign.experiment) if campaign.experiment else None
    variants = experiment.variants if experiment is not None else ()
    codes = [one[TEMPLATE] for one in variants if TEMPLATE in one]
    tried = {one.code: one for one in MailTemplate.objects.filter(code__in=codes)}
    for one in variants:
        content = content_of(tried.get(one.get(TEMPLATE), campaign.template))
        found.append(replace(content, subject=one.get(SUBJECT) or content.subject))
    return found


def faults_of(content: Content) -> list[str]:
    """Return what every recipient of `content` would notice: sentences for its author.

    These are texts of a design that ask for the merchant's own, and links that lead nowhere. Raise
    `TemplateRefused` if the template has problems.
    """
    text = _("“%(text)s” is still the text of the design: write your own in its place.")
    unwritten = [text % {"text": one} for one in unwritten_texts(content.html)]
    return [*unwritten, *doubts_about(content, faults_only=True)]


def mentions(content: Content, name: str) -> bool:
    """Return whether `name` occurs anywhere in `content`; if so, a mail may show its value."""
    parts = (content.subject, content.preheader, content.html, content.text)
    return any(name in part for part in parts)


def shows_code(content: Content) -> bool:
    """Return whether the code of a coupon may stand in a mail."""
    return mentions(content, "coupon.code")


def version_of(message: Message, variant: CampaignVariant | None) -> MailTemplateVersion | None:
    """Return the template version of a message: a campaign's frozen version, a step's newest.

    The version of a campaign's `variant` takes precedence, if the variant has one. None if there is
    no version any more.
    """
    if message.campaign is not None:
        own = variant.template_version if variant is not None else None
        return own or message.campaign.frozen_template
    template = message.of_step.template if message.of_step is not None else None
    if template is None:
        return None
    found: MailTemplateVersion | None = template.versions.filter(number=template.version).first()
    return found


def content_of_message(message: Message, variant: CampaignVariant | None) -> Content:
    """Return the content of `message`, with the subject of its `variant` if it has one."""
    assert message.template is not None
    content = content_of(message.template.definition)
    if variant is not None and variant.subject:
        content = replace(content, subject=variant.subject)
    return content
