"""Channels of alerts by the API, and a test of one."""

from http import HTTPStatus
from typing import ClassVar

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.channels.resource import CHANNELS
from alerts.channels.sending import test_channel
from alerts.models import AlertChannel, AlertMessage, ChannelKind, MessageState
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ClockField
from core.api.permissions import user_of
from core.resources.api import ApiWithSecret


class ChannelsApi(ApiWithSecret):
    """Channels; the answer to a new one shows the secret that a webhook is signed with."""

    def secret_of(self, row: AlertChannel) -> str:
        return row.secret if row.kind == ChannelKind.WEBHOOK else ""


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
