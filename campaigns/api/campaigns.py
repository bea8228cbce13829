"""Campaigns: their rows, who would get one, sending, pausing, cancelling, and their report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import AudienceSerializer, ReportSerializer
from campaigns.audience.freezing import NotSent
from campaigns.audience.judging import audience_of
from campaigns.audience.preflight_warnings import doubts_of, senderless
from campaigns.audience.projection import project_audience
from campaigns.audience.scope import resolve_scope
from campaigns.audit import CAMPAIGN
from campaigns.delivery.lifecycle import WrongState, cancel, pause, resume, send
from campaigns.editing.campaigns import CAMPAIGNS, MailCampaignSerializer
from campaigns.models import Campaign, CampaignState
from campaigns.results.reports import report_of
from campaigns.words import refusal_text
from core.access.website_limits import Treatment, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from core.api.refusals import conflict
from core.audit import record_look
from core.clock import now
from core.resources.api import SEARCH, Api, Filter
from customers.models import Customer

MOST = 2**31 - 1
STATE = Parameter("state", serializers.ChoiceField(CampaignState.choices, required=False))
ORDERING = Parameter(
    "ordering",
    serializers.ChoiceField(["eligible", "-eligible"], required=False),
    "By how many recipients there would be; by when it was made where it is not said.",
)
ELIGIBLE_MIN = Parameter(
    "eligible_min",
    serializers.IntegerField(required=False, min_value=0, max_value=MOST),
    "At least so many recipients.",
)


class CampaignsApi(Api):
    """Campaigns, which are also listed by how many recipients they have."""

    def order_of(self, query: Mapping[str, Any]) -> str:
        return str(query.get("ordering", "pk"))

    def prepare(self, rows: Sequence[Any], user: Any) -> None:
        """Hide figures of campaigns that also go to customers outside the websites of `user`."""
        for row in rows:
            if not CAMPAIGNS.coverage.is_writable(row, user):
                row.eligible = row.eligible_at = row.decision = None


MAIL_CAMPAIGNS = CampaignsApi(
    CAMPAIGNS,
    "campaigns/",
    names=("campaigns", "campaign"),
    words=("Campaigns", "Campaign"),
    nouns=("campaigns", "a campaign"),
    filters=(
        SEARCH,
        Filter(STATE, lambda rows, state: rows.filter(state=state)),
        Filter(ORDERING, lambda rows, _ordering: rows, counts=True),
        Filter(
            ELIGIBLE_MIN,
            lambda rows, least: rows.filter(eligible__gte=least, eligible_at__isnull=False),
            counts=True,
        ),
    ),
    example_code="spring",
    example={"name": "Spring", "template": "letter", "stores": ["default"]},
    change={"name": "Spring sale"},
)


class SendSerializer(StrictSerializer):
    """The number of recipients that the sending user expects."""

    expected = WholeNumberField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MOST
    )


class OfCampaigns(Endpoint):
    """A call about campaigns: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Campaign.DoesNotExist):
            exc = NotFound(_("There is no such campaign any more."))
        response: Response = super().handle_exception(exc)
        return response


class Judging(OfCampaigns):
    """Who a campaign would go to now, and who not, by the reason."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.view_campaign"],
            Answer(AudienceSerializer),
            summary="Count recipients of a campaign",
            websites=Treatment.LIMITED,
            is_read=True,
        ),
    }

    def post(self, request: Request, code: str) -> Response:
        self.body()
        user = user_of(request)
        campaign = MAIL_CAMPAIGNS.row_at(code, user=user)
        if (websites := websites_of(user)) is None:
            found = project_audience(campaign, now())
        else:
            found = audience_of(
                campaign, scope=replace(resolve_scope(campaign), allowed_websites=websites)
            )
        warnings = list(senderless(found))
        if websites is None:
            # These name segments, and count uses of coupons, of all websites.
            warnings += doubts_of(campaign, found)
        shown = {**vars(found), "warnings": warnings}
        if user.has_perm("segments.view_members"):
            first = Customer.objects.filter(pk__in=list(found.sample)).order_by("pk")
            shown["first"] = list(first)
            if shown["first"]:
                record_look(user, CAMPAIGN, campaign.code, "audience")
        return Response(self.render(shown))


class Sending(OfCampaigns):
    """Has a campaign sent, now or at its time; its recipients are settled once."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.send_campaign"],
            Answer(MailCampaignSerializer, HTTPStatus.ACCEPTED),
            takes=SendSerializer,
            example={"expected": None},
            refusals=[HTTPStatus.CONFLICT],
            summary="Send a campaign",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, code: str) -> Response:
        campaign = MAIL_CAMPAIGNS.row_to_write(code, user=user_of(request))
        asked = self.body()
        try:
            sent = send(campaign, now(), expected=asked["expected"], author=user_of(request))
        except NotSent as error:
            raise conflict(error.code, refusal_text(error.code), **error.more) from error
        except WrongState as error:
            raise conflict("wrong_state", str(error)) from error
        return Response(MAIL_CAMPAIGNS.serialize_row(sent), HTTPStatus.ACCEPTED)


class Moving(OfCampaigns):
    """Pauses, resumes or cancels a campaign."""

    move: ClassVar[Callable[..., Campaign]]

    def __init_subclass__(cls, summary: str, **more: Any) -> None:
        super().__init_subclass__(**more)
        needs, refusals = ["campaigns.send_campaign"], [HTTPStatus.CONFLICT]
        operation = Operation(
            needs,
            Answer(MailCampaignSerializer),
            refusals=refusals,
            summary=summary,
            websites=Treatment.LIMITED,
        )
        cls.operations = {"POST": operation}

    def post(self, request: Request, code: str) -> Response:
        self.body()
        campaign = MAIL_CAMPAIGNS.row_to_write(code, user=user_of(request))
        try:
            moved = type(self).move(campaign, author=user_of(request))
        except WrongState as error:
            raise conflict("wrong_state", str(error)) from error
        return Response(MAIL_CAMPAIGNS.serialize_row(moved))


class Pausing(Moving, summary="Pause a campaign"):
    """Stops sending a campaign for now."""

    move = staticmethod(pause)


class Resuming(Moving, summary="Resume a campaign"):
    """Goes on sending a campaign that was paused."""

    move = staticmethod(resume)


class CancellingCampaign(Moving, summary="Cancel a campaign"):
    """Ends a campaign: what has not left yet is skipped."""

    @staticmethod
    def move(campaign: Campaign, *, author: Any) -> Campaign:
        """End `campaign` now."""
        return cancel(campaign, now(), author=author)


class Reporting(OfCampaigns):
    """What became of a campaign."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_campaign"],
            Answer(ReportSerializer),
            summary="Read the report of a campaign",
            websites=Treatment.LIMITED,
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        campaign = MAIL_CAMPAIGNS.row_to_write(code, user=user_of(request))
        return Response(report_of(campaign, now()))
