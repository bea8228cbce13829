"""Mail templates as a resource: what may be written of one, and what becomes of it."""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _

from campaigns.audit import TEMPLATE
from campaigns.composing import content_of
from campaigns.freezing import WAITING
from campaigns.models import Campaign, MailTemplate, Sequence
from campaigns.templates.content import PARTS, Content, check
from campaigns.templates.problems import (
    TemplateProblem,
    TemplateRefused,
    first_problems,
    first_warnings,
)
from campaigns.templates.rendering import doubts_about
from campaigns.trying import sampled
from campaigns.variants import users_of_template
from core.clock import now
from core.problems import Problem
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks
from core.text.formats import moment_shown

MOST_CHARACTERS = 600_000


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
        """Warn of campaigns that go out with what the template says at their time."""
        waiting = Campaign.objects.filter(template=self.instance, state__in=WAITING)
        for campaign in waiting.order_by("send_at", "pk") if self.instance else ():
            text = _(
                "The campaign “%(name)s” is scheduled for %(at)s and sends what this template says "
                "then."
            )
            at = moment_shown(campaign.goes_out_at(now()))
            self.warn("", "scheduled", text % {"name": campaign.name, "at": at})


class Templates(Resource):
    """All mail templates."""

    serializer = TemplateSerializer
    subject = TEMPLATE
    usual_code = "template"

    def users(self, row: MailTemplate) -> list[str]:
        users = list(row.campaigns.order_by("pk").values_list("name", flat=True))
        users += [str(one) for one in Sequence.objects.filter(steps__template=row).distinct()]
        return [*users, *users_of_template(row)]


TEMPLATES = Templates()


def as_problem(found: TemplateProblem) -> Problem:
    """Return a finding of a template as the API and the admin say it."""
    said = found.detail
    if found.line is not None:
        said = _("Line %(line)d: %(said)s") % {"line": found.line, "said": said}
    return Problem(found.part, found.code, said)


def problems_with(content: Content) -> list[Problem]:
    """Return what is wrong with what a template says, or with what becomes of it."""
    found = first_problems(check(content))
    if not found:
        try:
            sampled(content)
        except TemplateRefused as error:
            found = error.problems
    return [as_problem(one) for one in found]
