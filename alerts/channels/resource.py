"""Channels as a resource: their writable fields and their validation."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from alerts.audit import CHANNEL
from alerts.models import AlertChannel, AlertKind, ChannelKind, all_kinds
from core.access.website_limits import is_limited
from core.clock import now
from core.problems import Problem
from core.resources.fields import CodesField, TextsField
from core.resources.resource import Resource
from core.resources.serializers import ResourceSerializer, checks
from segments.models import Segment
from segments.webhooks.addresses import ForbiddenAddress, checked_url
from segments.webhooks.signature import new_secret

MOST_ADDRESSES = 50


class ChannelSerializer(ResourceSerializer):
    """Where alerts are sent; `segments` null are all, and alerts of no segment."""

    addresses = TextsField(default=list, max_length=MOST_ADDRESSES)
    kinds = TextsField(choices=AlertKind.values, default=all_kinds)
    segments = CodesField(
        of=Segment,
        unknown="unknown_segment",
        # A callable: DRF takes None to be the rows themselves.
        default=lambda: None,
        allow_null=True,
        max_length=1_000,
    )

    class Meta:
        model = AlertChannel
        fields: ClassVar = [
            *("id", "name", "kind", "addresses", "url", "kinds", "segments", "digest"),
            *("is_active", "error", "created_at", "delivered_at", "version"),
        ]
        read_only_fields: ClassVar = ("error", "created_at", "delivered_at")

    @checks("kind", "url")
    def address_may_be_called(self, channel: AlertChannel) -> Iterator[Problem]:
        if channel.kind == ChannelKind.MAIL:
            if channel.url:
                text = _("A mail has e-mail addresses: leave this empty.")
                yield Problem("url", "not_used", text)
            return
        try:
            checked_url(channel.url)
        except ForbiddenAddress as error:
            yield Problem("url", "forbidden_address", str(error))

    @checks("kind", "addresses")
    def readers_may_see_segments(self, channel: AlertChannel) -> Iterator[Problem]:
        if channel.kind != ChannelKind.MAIL:
            if channel.addresses:
                text = _("Only mail has e-mail addresses: leave this empty.")
                yield Problem("addresses", "not_used", text)
            return
        if not channel.addresses:
            yield Problem("addresses", "required", _("Name at least one e-mail address."))
        known = readers_of(channel)
        text = _("No user who may see segments and alerts of all websites has this address.")
        for index, address in enumerate(channel.addresses):
            if address not in known:
                yield Problem(f"addresses[{index}]", "unknown_reader", text)

    @checks("kinds")
    def some_kind_is_sent(self, channel: AlertChannel) -> Iterator[Problem]:
        if not channel.kinds:
            yield Problem("kinds", "no_kind", _("Choose at least one kind of alert."))

    @checks("segments")
    def some_segment_is_chosen(self, channel: AlertChannel) -> Iterator[Problem]:
        if channel.segments == []:
            text = _("Choose all segments, or at least one.")
            yield Problem("segments", "no_segment", text)


def readers_of(channel: AlertChannel) -> list[str]:
    """Return those addresses of a mail whose users may see segments and alerts now.

    An alert counts the customers of all websites, so users who are limited to websites get none.
    """
    users = User.objects.filter(is_active=True, email__in=channel.addresses)
    may = {
        user.email
        for user in users
        if user.has_perms(("segments.view_segment", "segments.view_alert")) and not is_limited(user)
    }
    return [address for address in channel.addresses if address in may]


class Channels(Resource):
    """All channels; sending is in `alerts.channels.sending`."""

    serializer = ChannelSerializer
    subject = CHANNEL
    identity = "pk"

    def before_save(self, row: AlertChannel, *, author: Any) -> None:
        if row._state.adding:
            row.secret, row.created_at, row.created_by = new_secret(), now(), author


CHANNELS = Channels()
