"""Receives shoppers' behaviour from the shop's server."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import OperationalError
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ExactTextField, StrictSerializer, YesNoField
from core.api.permissions import user_of
from core.api.refusals import Refused, database_busy
from core.api.throttles import ApiRate
from core.problems import Invalid
from customers.events.reading import ID_CHARACTERS
from personalization.api.profiles.responses import TrackedSerializer
from personalization.api.throttles import TrackRate
from personalization.intake.crawlers import is_crawler
from personalization.intake.privacy_signals import is_signalled
from personalization.intake.reading import CUSTOMER_CHARACTERS
from personalization.intake.receiving import REUSED, UNKNOWN, Caller, receive
from personalization.models.behavior.types import DEVICES


class ContextSerializer(StrictSerializer):
    """The context of a behaviour."""

    device = serializers.ChoiceField([*DEVICES], required=False)
    traffic_source = ExactTextField(required=False)
    referrer = ExactTextField(required=False)
    session_duration = serializers.FloatField(required=False)
    pages_viewed = serializers.FloatField(required=False)
    interaction_depth = serializers.FloatField(required=False)


class BehaviorRequestSerializer(StrictSerializer):
    """One behaviour; what has to stand in `data` depends on its type (docs/personalization.md)."""

    behavior_type = ExactTextField(max_length=64)
    id = ExactTextField(max_length=ID_CHARACTERS, required=False)
    customer_id = ExactTextField(max_length=CUSTOMER_CHARACTERS)
    occurred_at = serializers.DateTimeField(required=False)
    channel = ExactTextField(max_length=32, default="web")
    context = ContextSerializer(required=False)  # type: ignore[assignment]
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    gpc = YesNoField(required=False)


# For the schema only; `receive` parses the body itself, to report the path of each problem in a
# list.
ONE_OR_MANY: Any = PolymorphicProxySerializer(
    "BehaviorOrBehaviors",
    [BehaviorRequestSerializer(), BehaviorRequestSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)


class TrackBehavior(Endpoint):
    """Takes one behaviour or a list of them, each once; the customer's next profile shows them."""

    throttle_classes = (ApiRate, TrackRate)
    operations: ClassVar = {
        "POST": Operation(
            ["personalization.track_behavior"],
            Answer(TrackedSerializer, HTTPStatus.ACCEPTED),
            takes=ONE_OR_MANY,
            example={
                "behavior_type": "search",
                "customer_id": "C-1001",
                "context": {"device": "mobile"},
                "data": {"query": "red shoe"},
            },
            refusals=[
                HTTPStatus.NOT_FOUND,
                HTTPStatus.CONFLICT,
                HTTPStatus.SERVICE_UNAVAILABLE,
            ],
            summary="Send behaviours",
        )
    }

    def post(self, request: Request) -> Response:
        caller = Caller(
            author=user_of(request),
            gpc=is_signalled(request.headers),
            is_crawler=is_crawler(request.headers.get("User-Agent", "")),
        )
        try:
            taken = receive(request.data, caller)
        except Invalid as error:
            if not isinstance(request.data, list):
                _refuse_one(error)
            raise
        except OperationalError as error:
            raise database_busy() from error
        return Response(self.render(taken), status=HTTPStatus.ACCEPTED)


def _refuse_one(error: Invalid) -> None:
    """Raise NotFound (404) for an unknown customer of a single behaviour, Refused (409) for a
    reused id.
    """
    (first, *_others) = error.problems
    if first.code == UNKNOWN:
        raise NotFound(first.message) from error
    if first.code == REUSED:
        raise Refused(HTTPStatus.CONFLICT, first.message, error.problems) from error
