"""Mail as a channel of experiments: variants with another subject, another template, or both."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.audience.judging import audience_of
from campaigns.content.experiments import CHANNEL, SUBJECT, TEMPLATE, are_possible, campaigns_of
from campaigns.editing.templates import problems_with
from campaigns.models import MailTemplate
from campaigns.results.touches import source_of_campaign
from campaigns.templates.content import Content
from core.problems import Problem
from core.text.json_documents import can_be_stored

if TYPE_CHECKING:
    from personalization.experiments.assignment.channels import Clicks, Reach, Use
    from personalization.models import Experiment

VIEW = "campaigns.view_campaign"


def check_subject(value: Any, path: str) -> tuple[Any, list[Problem]]:
    """Return a subject as it is stored, and what is wrong with it: as with that of a template."""
    if not isinstance(value, str):
        return value, [Problem(path, "invalid", _("A text is needed here."))]
    subject = value.strip()
    if not subject:
        return subject, [Problem(path, "blank", _("It is empty."))]
    if "\r" in subject or "\n" in subject:
        return subject, [Problem(path, "syntax", _("A subject has one line."))]
    found = problems_with(Content(subject=subject))
    return subject, [Problem(path, one.code, one.message) for one in found]


def check_template(value: Any, path: str) -> tuple[Any, list[Problem]]:
    """Return the code of a template, and that there is none."""
    if not isinstance(value, str):
        return value, [Problem(path, "invalid", _("A text is needed here."))]
    if can_be_stored(value) and MailTemplate.objects.filter(code=value).exists():
        return value, []
    text = _("There is no template “%(code)s”.") % {"code": value}
    return value, [Problem(path, "unknown_template", text)]


def templates_offered() -> Sequence[tuple[str, str]]:
    """Return all templates by code and name."""
    return list(MailTemplate.objects.order_by("name_folded", "pk").values_list("code", "name"))


def hold_templates(codes: Collection[Any]) -> None:
    """Lock the templates of these codes against deletion until the end of the transaction."""
    known = [one for one in codes if isinstance(one, str) and can_be_stored(one)]
    rows = MailTemplate.objects.select_for_update(no_key=True).filter(code__in=known)
    list(rows.order_by("code"))


def uses_of(experiment: "Experiment") -> "Sequence[Use]":
    """Return the campaign whose mail the experiment is about, if any."""
    from personalization.experiments.assignment.channels import Use

    return [
        Use(one.name, reverse("admin:campaigns_campaign_status", args=[one.pk]))
        for one in campaigns_of(experiment.code)
    ]


def waiting_of(experiment: "Experiment") -> "Sequence[Use]":
    """Return the campaign that is not sent once the experiment is stopped, if any."""
    from personalization.experiments.assignment.channels import Use

    waiting = campaigns_of(experiment.code).filter(frozen_at=None)
    return [
        Use(one.name, reverse("admin:campaigns_campaign_change", args=[one.pk])) for one in waiting
    ]


def clicks_of(experiment: "Experiment") -> "Clicks | None":
    """Return the definition of a click: a click in the mails of the experiment's campaign."""
    from personalization.behavior.touches import EMAIL_CLICKED
    from personalization.experiments.assignment.channels import Clicks

    campaign = campaigns_of(experiment.code).first()
    if campaign is None:
        return None
    return Clicks(EMAIL_CLICKED, {"campaign": source_of_campaign(campaign)})


def opens_of(experiment: "Experiment") -> "Clicks | None":
    """Return the definition of an open: an open of the mails of the experiment's campaign."""
    from personalization.behavior.touches import EMAIL_OPENED
    from personalization.experiments.assignment.channels import Clicks

    campaign = campaigns_of(experiment.code).first()
    if campaign is None:
        return None
    return Clicks(EMAIL_OPENED, {"campaign": source_of_campaign(campaign)})


def reach_of(experiment: "Experiment") -> "Reach | None":
    """Return how many customers would get the campaign, and about how many would take part."""
    from personalization.experiments.assignment.channels import Reach

    campaign = campaigns_of(experiment.code).filter(frozen_at=None).first()
    if campaign is None:
        return None
    found = audience_of(campaign)
    return None if found.taking_part is None else Reach(found.eligible, found.taking_part)


def register() -> None:
    """Have experiments try mails; called once, when Django is ready."""
    if not are_possible():
        return
    from personalization.experiments.assignment.channels import CHANNELS, Channel, VariantField

    CHANNELS.register(
        Channel(
            CHANNEL,
            gettext_lazy("The mail of a campaign: its subject, its template, or both"),
            [
                VariantField(SUBJECT, gettext_lazy("Subject of the mail"), check_subject),
                VariantField(
                    TEMPLATE,
                    gettext_lazy("Template of the mail"),
                    check_template,
                    templates_offered,
                    hold_templates,
                ),
            ],
            help=gettext_lazy(
                "For the mail of a campaign, choose no place in the shop and leave “Shows” as it "
                "is: say another subject, another template, or both. A variant with neither, "
                "normally the control, gets the campaign’s own mail. Then choose the experiment in "
                "the campaign."
            ),
            plain=gettext_lazy("the campaign’s own mail"),
            begins=gettext_lazy(
                "A customer is assigned a variant when the campaign’s mail is sent to them, if "
                "they allow tracking, do not refuse personalization and are not in the control "
                "group. It was sent to nobody of that kind since the start."
            ),
            unused=gettext_lazy("No campaign has this experiment yet: choose it in a campaign."),
            users=gettext_lazy("Campaign"),
            uses=uses_of,
            clicks=clicks_of,
            permissions=(VIEW,),
            reach=reach_of,
            waiting=waiting_of,
            opens=opens_of,
        )
    )
