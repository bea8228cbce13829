"""Webhooks as a resource: the fields that may be written, and the values of a new webhook."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from core.access.website_limits import OutsideWebsites, is_limited, websites_of
from core.api.parsing import ClockField, TextField
from core.clock import now
from core.problems import Problem
from core.resources.coverage import Coverage
from core.resources.fields import Checked, CheckedField, ChoiceField, CodesField
from core.resources.serializers import ResourceSerializer, checks
from segments.audit import WEBHOOK
from segments.engine.members.change_log import latest_cursor
from segments.models import ChangeKind, Segment, WebhookEndpoint
from segments.models.work.watermark import purged_number
from segments.rules.users import NamesSegments
from segments.rules.website_limits.websites import hidden_segments
from segments.webhooks.addresses import ForbiddenAddress, checked_url
from segments.webhooks.signature import new_secret
from segments.webhooks.topics import TOPICS

# Columns that only workers write.
OF_DELIVERY = ("disabled_reason", "delivered_at", "failing_since")


class TopicsField(CheckedField, serializers.ListField):
    """Names of topics, each once, in the order in which they are registered."""

    child = TextField(max_length=64)

    def check(self, value: Any, stored: Any) -> Checked:
        known = [topic.name for topic in TOPICS]
        text = _("There is no topic “%(name)s”; these are: %(known)s.")
        problems = [
            Problem(f"[{index}]", "unknown_topic", text % {"name": name, "known": ", ".join(known)})
            for index, name in enumerate(value)
            if name not in known
        ]
        return Checked([name for name in known if name in value], problems)


class WebhookSerializer(ResourceSerializer):
    """A webhook; `segments` null are all, `topics` further messages of other apps."""

    segments = CodesField(
        of=Segment,
        unknown="unknown_segment",
        source="chosen_segments",
        # A callable: DRF takes None to be the rows themselves, none of which would be stored.
        default=lambda: None,
        allow_null=True,
        max_length=1_000,
    )
    kinds = serializers.ListField(
        child=ChoiceField(ChangeKind.choices), default=lambda: list(ChangeKind.values), max_length=2
    )
    topics = TopicsField(default=list, max_length=20)
    cursor = serializers.CharField(read_only=True)
    next_attempt_at = ClockField(source="not_before", read_only=True, allow_null=True)

    class Meta:
        model = WebhookEndpoint
        fields: ClassVar = [
            *("id", "name", "url", "segments", "kinds", "topics", "is_active"),
            *("disabled_reason", "cursor"),
            *("created_at", "delivered_at", "failing_since", "next_attempt_at", "version"),
        ]
        read_only_fields: ClassVar = ("created_at", *OF_DELIVERY)

    @checks("url")
    def address_may_be_called(self, endpoint: WebhookEndpoint) -> Iterator[Problem]:
        try:
            checked_url(endpoint.url)
        except ForbiddenAddress as error:
            yield Problem("url", "forbidden_address", str(error))

    @checks("kinds", "topics")
    def something_is_sent(self, endpoint: WebhookEndpoint) -> Iterator[Problem]:
        if not (endpoint.kinds or endpoint.topics):
            text = _("Choose who enters, who leaves, or both.")
            yield Problem("kinds", "no_kind", text)

    @checks("segments")
    def some_segment_is_told(self, endpoint: WebhookEndpoint) -> Iterator[Problem]:
        if endpoint.chosen_segments == []:
            text = _("Choose all segments, or at least one.")
            yield Problem("segments", "no_segment", text)

    @checks("is_active")
    def one_that_is_turned_on_goes_on(self, endpoint: WebhookEndpoint) -> None:
        """Continue at the endpoint's cursor, or at the first change that is still kept."""
        if self.instance is not None and endpoint.is_active and not self.instance.is_active:
            endpoint.disabled_reason = ""
            endpoint.failing_since = endpoint.not_before = None
            endpoint.cursor = max(endpoint.cursor, purged_number())


class OfMaker(Coverage):
    """Limits webhooks to the customers of the websites to which their creator was limited.

    A user who is limited to websites does not see webhooks for all customers or for other websites.
    """

    def websites_of(self, row: WebhookEndpoint) -> list[int]:
        return row.websites or []

    def rows_seen(self, rows: QuerySet[Any], user: Any) -> QuerySet[Any]:
        seen = [row.pk for row in rows if self.is_writable(row, user)] if is_limited(user) else None
        return rows if seen is None else rows.filter(pk__in=seen)

    def fill(self, row: WebhookEndpoint, user: Any) -> None:
        limit = websites_of(user)
        row.websites = None if limit is None else sorted(limit)


class Webhooks(NamesSegments):
    """All webhooks; testing one, its secret and sending again are in `segments.webhooks`."""

    serializer = WebhookSerializer
    subject = WEBHOOK
    identity = "pk"
    coverage = OfMaker()

    def before_save(self, row: WebhookEndpoint, *, author: Any) -> None:
        if is_limited(author) and (
            row.topics or hidden_segments(row.chosen_segments or (), author)
        ):
            # Further messages are about customers of all websites.
            raise OutsideWebsites
        if row._state.adding:
            row.secret, row.created_at, row.created_by = new_secret(), now(), author
            row.cursor = latest_cursor()

    def after_save(self, row: WebhookEndpoint) -> None:
        row.segments.set(Segment.objects.filter(code__in=row.chosen_segments or ()))


WEBHOOKS = Webhooks()
