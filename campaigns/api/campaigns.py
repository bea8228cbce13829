"""Campaigns: written while they are drafts, judged, sent, paused, cancelled, and their report."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.answers import AudienceShape, CampaignShape, ReportShape
from campaigns.audience import Audience
from campaigns.audit import CAMPAIGN
from campaigns.definition import (
    LISTS,
    CampaignDefinition,
    campaign_definition,
    campaign_json,
)
from campaigns.doubts import doubts_of
from campaigns.editing.campaigns import (
    Approved,
    Frozen,
    create_campaign,
    delete_campaign,
    save_campaign,
)
from campaigns.freezing import NotSent, lock_campaign
from campaigns.models import Campaign, CampaignState, Match, SendTime
from campaigns.projection import projected
from campaigns.reports import report_of
from campaigns.states import WrongState, cancel, pause, resume, send
from campaigns.words import said_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import (
    ClockField,
    CodesField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_match, etag_of
from core.api.refusals import Refused, conflict, invalid
from core.audit import record_look
from core.clock import now
from core.problems import Problem
from core.resources.api import SEARCH
from core.text.folding import fold
from customers.api.people import person
from customers.models import Customer

READ_ONLY = ("state", "reason", "eligible", "frozen_at", "finished_at", "version")
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


class MailCampaignSerializer(StrictSerializer):
    """What is written of a campaign."""

    passed_over = READ_ONLY

    code = TextField(required=False, max_length=64)
    name = TextField(max_length=255)
    template = TextField(max_length=64)
    stores = CodesField(max_length=1_000)
    segments = CodesField(default=list, max_length=100)
    match = serializers.ChoiceField(Match.choices, default=Match.ANY)
    exclude_segments = CodesField(default=list, max_length=100)
    send_at = ClockField(default=None, allow_null=True)
    send_time = serializers.ChoiceField(SendTime.choices, default=SendTime.ASAP)
    coupon_rule = TextField(default=None, allow_null=True, max_length=64)
    respects_holdout = YesNoField(default=False)
    experiment = TextField(default=None, allow_null=True, max_length=64)


class NewMailCampaignSerializer(MailCampaignSerializer):
    """What is written of a new campaign."""

    code = TextField(max_length=64)


class SendSerializer(StrictSerializer):
    """How many recipients whoever sends it expects."""

    expected = WholeNumberField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MOST
    )


EXAMPLE = {"name": "Spring", "template": "letter", "stores": ["default"]}


class OfCampaigns(Endpoint):
    """A call about campaigns: one that somebody deletes meanwhile is not there."""

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Campaign.DoesNotExist):
            exc = NotFound(_("There is no such campaign any more."))
        response: Response = super().handle_exception(exc)
        return response


class Campaigns(OfCampaigns):
    """All campaigns; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_campaign"],
            Answer(CampaignShape, pages=True),
            parameters=(*PAGED, SEARCH.parameter, STATE, ORDERING, ELIGIBLE_MIN),
            summary="List campaigns",
        ),
        "POST": Operation(
            ["campaigns.add_campaign"],
            Answer(CampaignShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewMailCampaignSerializer,
            example={"code": "spring", **EXAMPLE},
            summary="Create a campaign",
        ),
    }

    def get(self, request: Request) -> Response:
        rows = Campaign.objects.select_related("template", "coupon_rule")
        if text := self.query.get("search"):
            rows = rows.filter(Q(name_folded__contains=fold(text)) | Q(code__contains=fold(text)))
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        if "eligible_min" in self.query:
            rows = rows.filter(eligible__gte=self.query["eligible_min"], eligible_at__isnull=False)
        return page_of(rows, self.query.get("ordering", "pk"), campaign_shown, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        code = values.pop("code")
        campaign = create_campaign(code, _definition(values), author=user_of(request))
        response = _answer(campaign, HTTPStatus.CREATED)
        response["Location"] = reverse("api:campaign", args=[campaign.code])
        return response


class OneCampaign(OfCampaigns):
    """One campaign; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_campaign"],
            Answer(CampaignShape, headers=ETAG),
            summary="Read a campaign",
        ),
        "PUT": Operation(
            ["campaigns.change_campaign"],
            Answer(CampaignShape, headers=ETAG),
            takes=MailCampaignSerializer,
            example=EXAMPLE,
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
            summary="Replace a campaign",
        ),
        "PATCH": Operation(
            ["campaigns.change_campaign"],
            Answer(CampaignShape, headers=ETAG),
            takes=MailCampaignSerializer,
            example={"name": "Spring sale"},
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
            summary="Change a campaign",
        ),
        "DELETE": Operation(
            ["campaigns.delete_campaign"],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
            summary="Delete a campaign",
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return _answer(campaign_at(code))

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        with transaction.atomic():
            campaign = _to_change(request, code)
            try:
                delete_campaign(campaign, author=user_of(request))
            except Frozen as error:
                raise conflict("frozen", str(error)) from error
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with transaction.atomic():
            campaign = _to_change(request, code)
            values = self.body(partial=partial)
            if values.pop("code", code) != code:
                message = _("The code of a campaign never changes.")
                raise invalid(Problem("code", "read_only", message))
            definition = _definition(vars(campaign_definition(campaign)) | values)
            try:
                saved = save_campaign(campaign, definition, author=user_of(request))
            except Frozen as error:
                raise conflict("frozen", str(error)) from error
            except Approved as error:
                raise Refused(HTTPStatus.FORBIDDEN, str(error)) from error
        return _answer(saved)


class Judging(OfCampaigns):
    """Who a campaign would go to now, and who not, by the reason."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.view_campaign"],
            Answer(AudienceShape),
            summary="Count recipients of a campaign",
        ),
    }

    def post(self, request: Request, code: str) -> Response:
        self.body()
        campaign = campaign_at(code)
        found = projected(campaign, now())
        body = _audience(campaign, found)
        user = user_of(request)
        if user.has_perm("segments.view_members"):
            rows = Customer.objects.filter(pk__in=found.sample).order_by("pk")
            body["first"] = [person(one) for one in rows]
            if body["first"]:
                record_look(user, CAMPAIGN, campaign.code, "audience")
        return Response(body)


class Sending(OfCampaigns):
    """Has a campaign sent, now or at its time; its recipients are settled once."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.send_campaign"],
            Answer(CampaignShape, HTTPStatus.ACCEPTED),
            takes=SendSerializer,
            example={"expected": None},
            refusals=[HTTPStatus.CONFLICT],
            summary="Send a campaign",
        )
    }

    def post(self, request: Request, code: str) -> Response:
        campaign, asked = campaign_at(code), self.body()
        try:
            sent = send(campaign, now(), expected=asked["expected"], author=user_of(request))
        except NotSent as error:
            raise conflict(error.code, said_of(error.code), **error.more) from error
        except WrongState as error:
            raise conflict("wrong_state", str(error)) from error
        return Response(campaign_shown(sent), HTTPStatus.ACCEPTED)


class Moving(OfCampaigns):
    """Pauses, resumes or cancels a campaign."""

    move: ClassVar[Callable[..., Campaign]]

    def __init_subclass__(cls, summary: str, **more: Any) -> None:
        super().__init_subclass__(**more)
        needs, refusals = ["campaigns.send_campaign"], [HTTPStatus.CONFLICT]
        operation = Operation(needs, Answer(CampaignShape), refusals=refusals, summary=summary)
        cls.operations = {"POST": operation}

    def post(self, request: Request, code: str) -> Response:
        self.body()
        campaign = campaign_at(code)
        try:
            moved = type(self).move(campaign, author=user_of(request))
        except WrongState as error:
            raise conflict("wrong_state", str(error)) from error
        return Response(campaign_shown(moved))


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
            Answer(ReportShape),
            summary="Read the report of a campaign",
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return Response(report_of(campaign_at(code), now()))


def campaign_at(code: str) -> Campaign:
    """Return the campaign `code`; raises NotFound."""
    rows = Campaign.objects.select_related("template", "coupon_rule")
    campaign: Campaign | None = rows.filter(code=code).first()
    if campaign is None:
        raise NotFound(_("There is no campaign “%(code)s”.") % {"code": code})
    return campaign


def campaign_shown(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign as the API shows it."""
    return {
        "code": campaign.code,
        **campaign_json(campaign_definition(campaign)),
        "send_at": campaign.send_at,
        "state": campaign.state,
        "reason": campaign.pause_reason,
        "eligible": campaign.eligible if campaign.eligible_at else None,
        "frozen_at": campaign.frozen_at,
        "finished_at": campaign.finished_at,
        "version": campaign.version,
    }


def _audience(campaign: Campaign, found: Audience) -> dict[str, Any]:
    return {
        "members": found.members,
        "eligible": found.eligible,
        "excluded": dict(found.excluded),
        "by_store": dict(found.by_store),
        "as_of": found.as_of,
        "warnings": doubts_of(campaign, found),
    }


def _to_change(request: Request, code: str) -> Campaign:
    campaign = lock_campaign(campaign_at(code).pk)
    text = _("Somebody else has changed the campaign meanwhile; version %(v)s is stored.")
    check_if_match(request, etag_of(campaign), text % {"v": campaign.version})
    return campaign


def _answer(campaign: Campaign, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(campaign_shown(campaign), status=status, headers={"ETag": etag_of(campaign)})


def _definition(values: dict[str, Any]) -> CampaignDefinition:
    return CampaignDefinition(**(values | {name: tuple(values[name]) for name in LISTS}))
