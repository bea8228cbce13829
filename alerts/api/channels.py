"""Channels of alerts by the API, and a test of one."""

from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.channels.resource import CHANNELS
from alerts.channels.sending import test_channel
from alerts.models import AlertMessage, ChannelKind, MessageState
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ClockField
from core.api.permissions import user_of
from core.resources.api import Api
from core.resources.resource import Saved
from core.resources.serializers import ResourceSerializer


class ChannelsApi(Api):
    """Channels; the answer to a new one shows the secret that a webhook is signed with."""

    @cached_property
    def created_serializer(self) -> type[ResourceSerializer]:
        meta = type(
            "Meta",
            (self.saved_serializer.Meta,),
            {"fields": [*self.saved_serializer.Meta.fields, "secret"]},
        )
        inner = {"Meta": meta, "secret": serializers.CharField(read_only=True)}
        return type("NewAlertChannelWithSecretSerializer", (self.saved_serializer,), inner)

    def respond_to_save(
        self, saved: Saved, user: Any, status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        response = super().respond_to_save(saved, user, status)
        if status == HTTPStatus.CREATED:
            is_signed = saved.row.kind == ChannelKind.WEBHOOK
            response.data["secret"] = saved.row.secret if is_signed else ""
        return response


CHANNELS_API = ChannelsApi(
    CHANNELS,
    "alert-channels/",
    names=("alert-channels", "alert-channel"),
    words=("AlertChannels", "AlertChannel"),
    nouns=("alert channels", "an alert channel"),
    key="int:number",
    needs_version=False,
    example={
        "name": "Our chat",
        "kind": "chat",
        "url": "https://chat.example/incoming",
        "kinds": ["size_up", "size_down"],
        "segments": None,
        "digest": "at_once",
    },
    change={"is_active": False},
    secrets=("secret",),
)


@extend_schema_serializer(component_name="Test")
class ChannelTestSerializer(serializers.Serializer[AlertMessage]):
    """A test that is on its way."""

    state = serializers.ChoiceField(MessageState.choices)
    created_at = ClockField()


class ChannelTest(Endpoint):
    """Sends a test within a minute; what came of it stands in the channel's `error`."""

    operations: ClassVar = {
        "POST": Operation(
            ["alerts.change_alertchannel"],
            Answer(ChannelTestSerializer, HTTPStatus.ACCEPTED),
            summary="Send a test to an alert channel",
        )
    }

    def post(self, request: Request, number: int) -> Response:
        channel = CHANNELS_API.row_at(number)
        self.body()
        message = test_channel(channel, user_of(request))
        return Response(self.render(message), status=HTTPStatus.ACCEPTED)
