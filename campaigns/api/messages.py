"""Messages and their outcomes, and decisions about uncertain ones."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.responses import MessageSerializer
from campaigns.audit import MESSAGE
from campaigns.delivery.lifecycle import WrongState, resolve
from campaigns.models import Message, MessageState
from core.access.personal import PERMISSION
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ExactTextField, StrictSerializer
from core.api.permissions import user_of
from core.api.refusals import conflict
from core.audit import record_look
from core.clock import now

MOST = 2**63 - 1
FILTERS = (
    *PAGED,
    Parameter("state", serializers.ChoiceField(MessageState.choices, required=False)),
    Parameter("campaign", serializers.CharField(required=False), "The code of a campaign."),
    Parameter(
        "sequence",
        serializers.IntegerField(required=False, min_value=0, max_value=MOST),
        "The id of a sequence.",
    ),
    Parameter("customer", ExactTextField(required=False), "The shop's own id."),
)


class ResolveSerializer(StrictSerializer):
    """What became of a message that is perhaps sent."""

    # `as` is a word of Python.
    vars()["as"] = serializers.ChoiceField(["sent", "again"])


class Messages(Endpoint):
    """All messages, the oldest first."""

    operations: ClassVar = {
        "GET": Operation(
            ["campaigns.view_message"],
            Answer(MessageSerializer, pages=True),
            parameters=FILTERS,
            summary="List messages",
        )
    }

    def get(self, request: Request) -> Response:
        rows = _rows()
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        if "campaign" in self.query:
            rows = rows.filter(campaign__code=self.query["campaign"])
        if "sequence" in self.query:
            rows = rows.filter(sequence=self.query["sequence"])
        if "customer" in self.query:
            rows = rows.filter(customer__external_id=self.query["customer"])
        user = user_of(request)
        sees = user.has_perm(PERMISSION)

        def record_message_look(found: list[Message]) -> None:
            if sees:
                record_look(user, MESSAGE, "", "messages", rows=len(found))

        return page_of(rows, "pk", self.render, self, prepare=record_message_look)


class Resolving(Endpoint):
    """Decides what became of a message that is perhaps sent."""

    operations: ClassVar = {
        "POST": Operation(
            ["campaigns.resolve_uncertain"],
            Answer(MessageSerializer),
            takes=ResolveSerializer,
            example={"as": "sent"},
            refusals=[HTTPStatus.CONFLICT],
            summary="Resolve an uncertain message",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        decision = self.body()["as"]
        message = _rows().filter(pk=number).first()
        if message is None:
            raise NotFound(_("There is no message %(number)d.") % {"number": number})
        user = user_of(request)
        try:
            resolve(message, decision, now(), author=user)
        except WrongState as error:
            raise conflict("wrong_state", str(error)) from error
        return Response(self.render(_rows().get(pk=number)))


def _rows() -> Any:
    return Message.objects.select_related(
        "campaign", "sequence", "customer", "store", "template__template", "coupon"
    )
