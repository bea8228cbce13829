"""Takes the shop's live events."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import OperationalError
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.access.website_limits import Treatment, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField
from core.api.refusals import database_busy
from customers.api.responses import TakenSerializer
from customers.events.reading import ID_CHARACTERS
from customers.events.receiving.request import receive
from customers.events.types import TYPES

PARTIAL = Parameter(
    "partial",
    serializers.ChoiceField(["1", "0"], required=False),
    "1: the good events are stored, and `errors` names the others.",
)


class EventSerializer(StrictSerializer):
    """One event; what may stand in `data` depends on its type (docs/events.md)."""

    type = serializers.ChoiceField(sorted(TYPES))
    id = TextField(max_length=ID_CHARACTERS)
    occurred_at = serializers.DateTimeField()
    data = serializers.DictField()  # type: ignore[assignment]


# As the schema shows it; `receive` reads it itself, to name the place of each fault in a list.
ONE_OR_MANY: Any = PolymorphicProxySerializer(
    "EventOrEvents",
    [EventSerializer(), EventSerializer(many=True)],
    resource_type_field_name=None,
    many=False,
)


EXAMPLE = [
    {
        "type": "customer.saved",
        "id": "example-1",
        "occurred_at": "2026-04-10T09:59:00Z",
        "data": {"id": "C-1001", "email": "ann@shop.example", "first_name": "Ann"},
    },
    {
        "type": "order.saved",
        "id": "example-2",
        "occurred_at": "2026-04-10T10:00:00Z",
        "data": {
            "number": "O-5001",
            "customer": "C-1001",
            "state": "complete",
            "created_at": "2026-04-10T10:00:00Z",
            "grand_total": "120.00",
            "items": [{"line": 1, "sku": "TEA", "quantity": 2, "price": "60.00"}],
        },
    },
]


class Events(Endpoint):
    """Takes one event or a list of them: each once, and none that is older than what is stored."""

    operations: ClassVar = {
        "POST": Operation(
            ["customers.send_events"],
            Answer(TakenSerializer, HTTPStatus.ACCEPTED),
            takes=ONE_OR_MANY,
            example=EXAMPLE,
            parameters=[PARTIAL],
            refusals=[HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Send shop events",
            websites=Treatment.LIMITED,
        )
    }

    def post(self, request: Request) -> Response:
        partial = self.query.get("partial") == "1"
        try:
            taken = receive(request.data, partial=partial, websites=websites_of(request.user))
        except OperationalError as error:
            raise database_busy() from error
        errors = {"errors": taken.problems} if partial else {}
        return Response(self.render(vars(taken) | errors), status=HTTPStatus.ACCEPTED)
