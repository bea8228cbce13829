"""Mail templates as a resource, with checks of their content and of the mails that use them."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.audience.coupons import reason_against_coupon_in
from campaigns.audience.freezing import WAITING
from campaigns.audience.preflight_warnings import unseen_code
from campaigns.audit import TEMPLATE
from campaigns.content.contents import content_of, shows_code
from campaigns.content.variants import experiments_with, users_of_template
from campaigns.delivery.test_mail import render_sample
from campaigns.models import Campaign, MailTemplate, Sequence, Step
from campaigns.templates.content import PARTS, Content, check
from campaigns.templates.problems import (
    TemplateProblem,
    TemplateRefused,
    first_problems,
    first_warnings,
)
from campaigns.templates.rendering import doubts_about
from campaigns.words import refusal_text
from core.api.refusals import Refused
from core.clock import now
from core.problems import Problem
from core.resources.coverage import SeenByAll
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks
from core.text.formats import moment_shown

MOST_CHARACTERS = 600_000
ON_ITS_WAY = gettext_lazy(
    "A scheduled campaign or an active sequence sends it: only users who may send campaigns "
    "change it now. Make another template, or ask one of them."
)


class TemplateSerializer(ResourceSerializer):
    """A mail template."""

    class Meta:
        model = MailTemplate
        fields: ClassVar = ["code", "name", *PARTS, "format", "version"]
        extra_kwargs: ClassVar = {
            "preheader": {"trim_whitespace": False},
            "html": {"max_length": MOST_CHARACTERS},
            "text": {"max_length": MOST_CHARACTERS},
        }

    @checks(*PARTS, "format")
    def mail_can_be_made(self, template: MailTemplate) -> Iterator[Problem]:
        content = content_of(template)
        problems = problems_with(content)
        yield from problems
        if not problems:
            for doubt in first_warnings(doubts_about(content)):
                self.warn("", "doubt", doubt)

    @checks(*PARTS)
    def nothing_is_scheduled(self, template: MailTemplate) -> None:
        """Warn of scheduled campaigns that this change affects, or keeps from being sent."""
        for campaign in scheduled_with(self.instance) if self.instance else ():
            at = campaign.goes_out_at(now())
            why = ""
            if campaign.template_id == template.pk:
                why = reason_against_coupon_in([content_of(template)], campaign.coupon_rule, at)
                if campaign.coupon_rule is not None and not shows_code(content_of(template)):
                    self.warn("", "holds_up", unseen_code(campaign.coupon_rule))
            text = _(
                "The campaign “%(name)s” is scheduled for %(at)s and sends what this template says "
                "then."
            )
            if why:
                text = _(
                    "The campaign “%(name)s” is scheduled for %(at)s and would not be sent: %(why)s"
                )
            said = {"name": campaign.name, "at": moment_shown(at), "why": refusal_text(why)}
            self.warn("", "scheduled", text % said)

    @checks(*PARTS)
    def sequences_can_go_on(self, template: MailTemplate) -> None:
        """Warn of active sequences that would not send mails with the changed template."""
        for step in active_steps_with(self.instance) if self.instance else ():
            if why := reason_against_coupon_in([content_of(template)], step.coupon_rule, now()):
                text = _("The sequence “%(name)s” is active and would not send this: %(why)s")
                self.warn("", "holds_up", text % {"name": step.sequence, "why": refusal_text(why)})


class Templates(Resource):
    """All mail templates."""

    serializer = TemplateSerializer
    subject = TEMPLATE
    coverage = SeenByAll()
    usual_code = "template"

    def before_save(self, row: MailTemplate, *, author: Any) -> None:
        if row.pk is None or may_change(row, author):
            return
        if content_of(self.rows().get(pk=row.pk)) != content_of(row):
            raise Refused(HTTPStatus.FORBIDDEN, str(ON_ITS_WAY))

    def users(self, row: MailTemplate) -> list[str]:
        users = list(row.campaigns.order_by("pk").values_list("name", flat=True))
        sequences = Sequence.objects.filter(steps__template=row).select_related("segment")
        users += [str(one) for one in sequences.distinct()]
        return [*users, *users_of_template(row)]


TEMPLATES = Templates()


def scheduled_with(template: MailTemplate) -> QuerySet[Campaign]:
    """Return the campaigns that are scheduled and send `template`, or try it as a variant."""
    trying = [one.code for one in experiments_with(template)]
    theirs = Q(template=template) | Q(experiment__in=trying)
    waiting = Campaign.objects.filter(theirs, state__in=WAITING)
    return waiting.select_related("coupon_rule").order_by("send_at", "pk")


def active_steps_with(template: MailTemplate) -> QuerySet[Step]:
    """Return the steps of active sequences that send `template`."""
    steps = Step.objects.filter(template=template, is_active=True, sequence__is_active=True)
    return steps.select_related("sequence__segment", "coupon_rule").order_by("pk")


def may_change(template: MailTemplate, author: Any) -> bool:
    """Return whether `author` (None: a command) may change the content of `template`.

    A user who may send campaigns has approved the content of scheduled campaigns and active
    sequences: only such a user may change it.
    """
    if author is None or author.has_perm("campaigns.send_campaign"):
        return True
    return not (scheduled_with(template).exists() or active_steps_with(template).exists())


def as_problem(problem: TemplateProblem) -> Problem:
    """Return a finding of a template as the API and the admin say it."""
    said = problem.detail
    if problem.line is not None:
        said = _("Line %(line)d: %(said)s") % {"line": problem.line, "said": said}
    return Problem(problem.part, problem.code, said)


def problems_with(content: Content) -> list[Problem]:
    """Return the problems of a template's content, or of a sample rendered from the content."""
    found = first_problems(check(content))
    if not found:
        try:
            render_sample(content)
        except TemplateRefused as error:
            found = error.problems
    return [as_problem(one) for one in found]
