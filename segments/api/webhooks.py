"""Webhooks: who is told who enters and leaves, what was delivered, and what was given up."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField, YesNoField
from core.api.permissions import user_of
from core.api.refusals import Refused, invalid
from core.problems import Problem
from segments.api.answers import DeliveryShape, WebhookShape, WebhookWithSecretShape
from segments.models import ChangeKind, DeliveryState, Segment, WebhookDelivery, WebhookEndpoint
from segments.webhooks import endpoints
from segments.webhooks.addresses import LONGEST_URL
from segments.webhooks.endpoints import Settings, settings_of

VIEW, ADD, CHANGE, DELETE = (
    f"segments.{verb}_webhookendpoint" for verb in ("view", "add", "change", "delete")
)
# What databases hold as the number of a row.
HIGHEST = 2**63 - 1


class WebhookBody(StrictSerializer):
    """Who is to be told of what; `segments` null are all."""

    name = TextField(max_length=200)
    url = TextField(max_length=LONGEST_URL)
    segments = serializers.ListField(
        child=TextField(max_length=64), allow_null=True, default=None, max_length=1000
    )
    kinds = serializers.ListField(
        child=serializers.ChoiceField(ChangeKind.choices),
        default=lambda: list(ChangeKind.values),
        max_length=2,
    )
    is_active = YesNoField(default=True)


class Webhooks(Endpoint):
    """The webhooks. A new one is told what happens from now on; its secret is shown this once."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW], Answer(WebhookShape, pages=True), parameters=PAGED, summary="List webhooks"
        ),
        "POST": Operation(
            [ADD],
            Answer(WebhookWithSecretShape, HTTPStatus.CREATED, headers={"Location": "Where."}),
            takes=WebhookBody,
            example={
                "name": "Newsletter program",
                "url": "https://shop.example/tranche",
                "segments": None,
                "kinds": ["entered", "left"],
            },
            summary="Create a webhook",
        ),
    }

    def get(self, request: Request) -> Response:
        return page_of(WebhookEndpoint.objects.prefetch_related("segments"), "pk", _as_json, self)

    def post(self, request: Request) -> Response:
        wanted = _settings(self.body(), None)
        endpoint = endpoints.create_endpoint(wanted, user_of(request))
        headers = {"Location": reverse("api:webhook", args=[endpoint.pk])}
        return Response(_with_secret(endpoint), status=HTTPStatus.CREATED, headers=headers)


class OneWebhook(Endpoint):
    """A webhook. Turned off it is told nothing; turned on again it goes on where it was."""

    operations: ClassVar = {
        "GET": Operation([VIEW], Answer(WebhookShape), summary="Read a webhook"),
        "PATCH": Operation(
            [CHANGE],
            Answer(WebhookShape),
            takes=WebhookBody,
            example={"is_active": False},
            summary="Change a webhook",
        ),
        "DELETE": Operation(
            [DELETE], Answer(None, HTTPStatus.NO_CONTENT), summary="Delete a webhook"
        ),
    }

    def get(self, request: Request, number: int) -> Response:
        return Response(_as_json(_webhook(number)))

    def patch(self, request: Request, number: int) -> Response:
        endpoint = _webhook(number)
        wanted = _settings(self.body(partial=True), endpoint)
        return Response(_as_json(endpoints.change_endpoint(endpoint, wanted, user_of(request))))

    def delete(self, request: Request, number: int) -> Response:
        self.body()
        endpoints.delete_endpoint(_webhook(number), user_of(request))
        return Response(status=HTTPStatus.NO_CONTENT)


class WebhookSecret(Endpoint):
    """Gives a webhook a new secret, which is shown this once; the old one is worth nothing."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE], Answer(WebhookWithSecretShape), summary="Replace a webhook's secret"
        )
    }

    def post(self, request: Request, number: int) -> Response:
        endpoint = _webhook(number)
        self.body()
        return Response(_with_secret(endpoints.change_secret(endpoint, user_of(request))))


class WebhookTest(Endpoint):
    """Sends a delivery without changes, once; what came of it stands among the deliveries."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE], Answer(DeliveryShape, HTTPStatus.ACCEPTED), summary="Send a test delivery"
        )
    }

    def post(self, request: Request, number: int) -> Response:
        endpoint = _webhook(number)
        self.body()
        delivery = endpoints.test_endpoint(endpoint, user_of(request))
        return Response(_delivery_as_json(delivery), status=HTTPStatus.ACCEPTED)


class Deliveries(Endpoint):
    """What was delivered, waits, or was given up, the newest first."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(DeliveryShape, pages=True),
            parameters=[
                *PAGED,
                Parameter(
                    "state",
                    serializers.ChoiceField(DeliveryState.choices, required=False),
                    "Only those in this state.",
                ),
            ],
            summary="List deliveries of a webhook",
        )
    }

    def get(self, request: Request, number: int) -> Response:
        rows = WebhookDelivery.objects.filter(endpoint=_webhook(number))
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        return page_of(rows, "-pk", _delivery_as_json, self)


class Replaying(Endpoint):
    """Sends a delivery that was given up again, under its old id and before what is newer."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(DeliveryShape, HTTPStatus.ACCEPTED),
            refusals=[HTTPStatus.CONFLICT],
            summary="Send a delivery again",
        )
    }

    def post(self, request: Request, number: int, message: str) -> Response:
        rows = WebhookDelivery.objects.filter(endpoint=_webhook(number), is_test=False)
        delivery = rows.select_related("endpoint").filter(message_id=message).first()
        if delivery is None:
            raise NotFound(_("There is no such delivery."))
        self.body()
        delivery = endpoints.replay(delivery, user_of(request))
        if delivery.state == DeliveryState.DELIVERED:
            raise Refused(HTTPStatus.CONFLICT, _("It was delivered."))
        return Response(_delivery_as_json(delivery), status=HTTPStatus.ACCEPTED)


def _webhook(number: int) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.filter(pk=number).first() if number <= HIGHEST else None
    if found is None:
        raise NotFound(_("There is no webhook %(number)d.") % {"number": number})
    return found


def _settings(body: dict[str, Any], endpoint: WebhookEndpoint | None) -> Settings:
    """Return what is said in `body`; what it leaves out is as it is with `endpoint`."""
    values = vars(settings_of(endpoint)).copy() if endpoint else {}
    values |= {name: body[name] for name in ("name", "url", "is_active") if name in body}
    if "kinds" in body:
        values["sends_entered"] = ChangeKind.ENTERED in body["kinds"]
        values["sends_left"] = ChangeKind.LEFT in body["kinds"]
    if "segments" in body:
        values["segments"] = _segments(body["segments"])
    return Settings(**values)


def _segments(codes: list[str] | None) -> list[Segment] | None:
    if codes is None:
        return None
    found = {one.code: one for one in Segment.objects.filter(code__in=codes)}
    unknown = [
        Problem(
            f"segments[{index}]",
            "unknown_segment",
            _("There is no segment “%(code)s”.") % {"code": code},
        )
        for index, code in enumerate(codes)
        if code not in found
    ]
    if unknown:
        raise invalid(*unknown)
    return list(found.values())


def _as_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    said = settings_of(endpoint)
    flags = {ChangeKind.ENTERED: said.sends_entered, ChangeKind.LEFT: said.sends_left}
    return {
        "id": endpoint.pk,
        "name": said.name,
        "url": said.url,
        "segments": None if said.segments is None else [one.code for one in said.segments],
        "kinds": [kind.value for kind, is_told in flags.items() if is_told],
        "is_active": said.is_active,
        "disabled_reason": endpoint.disabled_reason,
        "cursor": str(endpoint.cursor),
        "created_at": endpoint.created_at,
        "delivered_at": endpoint.delivered_at,
        "failing_since": endpoint.failing_since,
        "next_attempt_at": endpoint.not_before,
    }


def _with_secret(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {**_as_json(endpoint), "secret": endpoint.secret}


def _delivery_as_json(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.message_id,
        "is_test": delivery.is_test,
        "state": delivery.state,
        "changes": len(delivery.sequences),
        "attempts": delivery.attempts,
        "status_code": delivery.status_code,
        "error": delivery.error,
        "created_at": delivery.created_at,
        "attempted_at": delivery.attempted_at,
    }
