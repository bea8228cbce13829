"""The variants of a campaign's experiment: subject, template, and the number of recipients."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from campaigns.admin.campaigns.about import template_preview
from campaigns.audience.judging import Audience
from campaigns.content.experiments import SUBJECT, TEMPLATE, experiment_called, in_each
from campaigns.content.variants import sent_by_variant
from campaigns.delivery.test_mail import preview_content
from campaigns.models import Campaign, MailTemplate
from campaigns.templates.content import Content
from campaigns.templates.problems import TemplateRefused
from core.text.formats import UNKNOWN, number_shown


@dataclass(frozen=True)
class Tried:
    """A variant; the code "" is the campaign's own mail, for customers who do not take part.

    `subject` is rendered without a customer, as in a preview; `url` is the preview of its template.
    `number` is the number of recipients in words.
    """

    code: str
    subject: str
    template: str
    url: str
    number: str


def to_be_tried(campaign: Campaign, audience: Audience, user: User | AnonymousUser) -> list[Tried]:
    """Return the present variants of a campaign that is not sent yet."""
    experiment = experiment_called(campaign.experiment)
    if experiment is None:
        return []
    codes = {one[TEMPLATE] for one in experiment.variants if TEMPLATE in one}
    templates = {one.code: one for one in MailTemplate.objects.filter(code__in=codes)}
    numbers = {"": UNKNOWN}
    if audience.taking_part is not None:
        shares = in_each(experiment, audience.taking_part)
        numbers = {code: _approximate_number(number) for code, number in shares.items()}
        numbers[""] = _approximate_number(audience.eligible - audience.taking_part)
    found = []
    for one in (*experiment.variants, {"code": ""}):
        template = templates.get(one.get(TEMPLATE, ""), campaign.template)
        found.append(
            Tried(
                one["code"],
                _render_subject(one.get(SUBJECT) or template.subject),
                template.name,
                template_preview(user, template.pk),
                numbers.get(one["code"], UNKNOWN),
            )
        )
    return found


def was_tried(campaign: Campaign, user: User | AnonymousUser) -> list[Tried]:
    """Return the variants of a frozen campaign, and how many mails of each were sent."""
    if not campaign.experiment or campaign.frozen_template is None:
        return []
    rows = campaign.variants.select_related("template_version__template")
    settled = {one.code: (one.subject, one.template_version) for one in rows}
    found = []
    for code, number in sent_by_variant(campaign):
        subject, own = settled.get(code, ("", None))
        version = own or campaign.frozen_template
        found.append(
            Tried(
                code,
                _render_subject(subject or version.definition[SUBJECT]),
                version.template.name,
                template_preview(user, version.template_id),
                number_shown(number),
            )
        )
    return found


def _approximate_number(number: int) -> str:
    return _("about %(number)s") % {"number": number_shown(number)}


def _render_subject(subject: str) -> str:
    """Return a rendered subject, or the source if it cannot be rendered."""
    try:
        return preview_content(Content(subject=subject)).subject
    except TemplateRefused:
        return subject
