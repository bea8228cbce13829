"""Webhooks for changes of membership, and their deliveries, also those that were given up."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.confirmation import refuse_unconfirmed
from core.access.website_limits import Treatment
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.permissions import user_of
from core.api.refusals import Refused
from core.resources.api import ApiWithSecret
from segments.api.responses import DeliverySerializer
from segments.models import DeliveryState, WebhookDelivery
from segments.webhooks import endpoints
from segments.webhooks.resource import WEBHOOKS, WebhookSerializer

VIEW, CHANGE = "segments.view_webhookendpoint", "segments.change_webhookendpoint"


class WebhookWithSecretSerializer(WebhookSerializer):
    """A webhook with its secret, which is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(WebhookSerializer.Meta):
        fields: ClassVar = [*WebhookSerializer.Meta.fields, "secret"]


class WebhooksApi(ApiWithSecret):
    """Webhooks; the answer to a new one shows its secret."""

    def prepare(self, rows: Sequence[Any], user: Any) -> None:
        unread = [row for row in rows if not row.all_segments and row.given_segments is None]
        prefetch_related_objects(unread, "segments")


WEBHOOKS_API = WebhooksApi(
    WEBHOOKS,
    "webhooks/",
    names=("webhooks", "webhook"),
    words=("Webhooks", "Webhook"),
    nouns=("webhooks", "a webhook"),
    key="int:number",
    needs_version=False,
    secrets=("secret",),
    example={
        "name": "Newsletter program",
        "url": "https://shop.example/tranche",
        "segments": None,
        "kinds": ["entered", "left"],
    },
    change={"is_active": False},
)


class WebhookSecret(Endpoint):
    """Gives a webhook a new secret, which is shown this once; the old one is worth nothing."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(WebhookWithSecretSerializer),
            summary="Replace a webhook's secret",
            websites=Treatment.LIMITED,
            secrets=["secret"],
        )
    }

    def post(self, request: Request, number: int) -> Response:
        endpoint = WEBHOOKS_API.row_to_write(number, user=user_of(request))
        self.body()
        refuse_unconfirmed(request)
        changed = endpoints.change_secret(endpoint, user_of(request))
        shown = WEBHOOKS_API.show_row(changed, user_of(request))
        return Response({**shown, "secret": changed.secret})


class WebhookTest(Endpoint):
    """Sends a delivery without changes, once; what came of it stands among the deliveries."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(DeliverySerializer, HTTPStatus.ACCEPTED),
            summary="Send a test delivery",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int) -> Response:
        endpoint = WEBHOOKS_API.row_to_write(number, user=user_of(request))
        self.body()
        delivery = endpoints.test_endpoint(endpoint)
        return Response(self.render(delivery), status=HTTPStatus.ACCEPTED)


class Deliveries(Endpoint):
    """What was delivered, waits, or was given up, the newest first."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(DeliverySerializer, pages=True),
            parameters=[
                *PAGED,
                Parameter(
                    "state",
                    serializers.ChoiceField(DeliveryState.choices, required=False),
                    "Only those in this state.",
                ),
            ],
            summary="List deliveries of a webhook",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request, number: int) -> Response:
        endpoint = WEBHOOKS_API.row_at(number, user=user_of(request))
        rows = WebhookDelivery.objects.filter(endpoint=endpoint)
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        return page_of(rows, "-pk", self.render, self)


class Replaying(Endpoint):
    """Sends a delivery that was given up again, under its old id and before what is newer."""

    operations: ClassVar = {
        "POST": Operation(
            [CHANGE],
            Answer(DeliverySerializer, HTTPStatus.ACCEPTED),
            refusals=[HTTPStatus.CONFLICT],
            summary="Send a delivery again",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request, number: int, message: str) -> Response:
        endpoint = WEBHOOKS_API.row_to_write(number, user=user_of(request))
        rows = WebhookDelivery.objects.filter(endpoint=endpoint, is_test=False)
        delivery = rows.select_related("endpoint").filter(message_id=message).first()
        if delivery is None:
            raise NotFound(_("There is no such delivery."))
        self.body()
        delivery = endpoints.replay(delivery, user_of(request))
        if delivery.state == DeliveryState.DELIVERED:
            raise Refused(HTTPStatus.CONFLICT, _("It was delivered."))
        return Response(self.render(delivery), status=HTTPStatus.ACCEPTED)
