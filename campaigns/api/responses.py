"""The responses of the mail API for the schema; a test compares each actual response."""

from typing import Any

from rest_framework import serializers

from campaigns.editing.segment_usages import CampaignMail, SequenceMail
from campaigns.models import (
    CampaignState,
    MailTemplateVersion,
    Message,
    MessageKind,
    MessageState,
    Suppression,
    SuppressionReason,
    SyncMember,
    SyncMemberState,
    Trigger,
)
from campaigns.results.provider_reports import Noted
from campaigns.templates.rendering import Rendered
from core.api.parsing import ClockField
from core.api.response_fields import PersonalTextField
from customers.api.people import PersonSerializer

Text = serializers.CharField
Count = serializers.IntegerField


class Counts(serializers.DictField):
    """How many, by something."""

    child = Count()


class MailPreviewSerializer(serializers.Serializer[Rendered]):
    """What a mail would say; `size` in bytes of the HTML."""

    subject = Text(allow_blank=True)
    html = Text(allow_blank=True)
    text = Text(allow_blank=True)
    warnings = serializers.ListField(child=Text())
    size = Count()


class TestedSerializer(serializers.Serializer[Message]):
    """A test mail and what became of it."""

    message = Count(source="pk")
    state = serializers.ChoiceField(MessageState.choices)
    reason = Text(allow_blank=True)


class TestsSerializer(serializers.Serializer[dict[str, Any]]):
    """The test mails of one call, in the order of the addresses."""

    sent = TestedSerializer(many=True)


class RecipientSerializer(PersonSerializer):
    """One of the first who would get it."""


class AudienceSerializer(serializers.Serializer[dict[str, Any]]):
    """Who a campaign would go to."""

    members = Count()
    eligible = Count()
    excluded = Counts()
    by_store = Counts()
    as_of = ClockField()
    warnings = serializers.ListField(child=Text())
    first = RecipientSerializer(many=True, required=False)


class MailGroupSerializer(serializers.Serializer[Any]):
    """A group: its customers, and what each has brought (null below 10)."""

    n = Count()
    mean = Text(allow_null=True)


class MailIncrementalSerializer(serializers.Serializer[Any]):
    """Revenue of recipients beyond the holdout group's; null if a group has fewer than 30."""

    value = Text(allow_null=True)
    interval = serializers.ListField(
        child=Text(), allow_null=True, help_text="Low and high, of 95 per cent."
    )
    treated = MailGroupSerializer()
    holdout = MailGroupSerializer()
    basis = Text(help_text="Always eligible: customers who were to get it, by the frozen audience.")
    reason = Text(allow_null=True, help_text="too_few, no_variance or null.")
    distinguishable = serializers.BooleanField(
        allow_null=True, help_text="False where the interval holds 0."
    )
    sentence = Text()


class StatesSerializer(serializers.Serializer[Any]):
    """How many messages are in which state."""

    scheduled = Count()
    sending = Count()
    sent = Count()
    failed = Count()
    skipped = Count()
    uncertain = Count()


class OutcomeSerializer(StatesSerializer):
    """What became of messages.

    `orders` and `revenue` are null without predictions, or nobody keeps who clicked.
    """

    failed_by_reason = Counts()
    skipped_by_reason = Counts()
    delivered = Count()
    bounced = Count()
    complained = Count()
    unsubscribed = Count()
    opens = Count()
    clicks = Count()
    coupons_issued = Count()
    coupons_redeemed = Count()
    orders = Count(allow_null=True)
    revenue = Text(allow_null=True)
    causal = serializers.BooleanField(help_text="False: orders and revenue are bookkeeping.")


class ReportSerializer(OutcomeSerializer):
    """What became of a campaign: the states and `purged` add up to `audience`.

    `orders` and `revenue` are null without predictions, or nobody keeps who clicked;
    `incremental_revenue` is null where nobody was held out.
    """

    audience = Count()
    purged = Count()
    incremental_revenue = MailIncrementalSerializer(allow_null=True)


class CountsSerializer(StatesSerializer):
    """How many messages are in which state, of how many customers."""

    total = Count()
    unique_customers = Count()


class CountsOfStepSerializer(CountsSerializer):
    """Those of one step; messages keep the number that it had."""

    number = Count()


class CountsOfDaySerializer(CountsSerializer):
    """Those that are due on one day (UTC)."""

    day = serializers.DateField()


class SequenceReportSerializer(CountsSerializer, OutcomeSerializer):
    """What became of a sequence: the states add up to `total`."""

    runs = Count()
    not_eligible = Count()
    steps = CountsOfStepSerializer(many=True)
    days = CountsOfDaySerializer(many=True)


class NotedSerializer(serializers.Serializer[Noted]):
    """How many reports were new, known already, and of messages that nobody knows."""

    accepted = Count()
    duplicates = Count()
    unknown = Count()


class UsingCampaignSerializer(serializers.Serializer[CampaignMail]):
    """A campaign that names a segment."""

    code = Text(source="campaign.code")
    name = Text(source="campaign.name")
    state = serializers.ChoiceField(CampaignState.choices, source="campaign.state")
    next_due = ClockField(source="times.due", allow_null=True)
    last_sent = ClockField(source="times.sent", allow_null=True)


class UsingSequenceSerializer(serializers.Serializer[SequenceMail]):
    """A sequence of a segment."""

    id = Count(source="sequence.pk")
    trigger = serializers.ChoiceField(Trigger.choices, source="sequence.trigger")
    is_active = serializers.BooleanField(source="sequence.is_active")
    next_due = ClockField(source="times.due", allow_null=True)
    last_sent = ClockField(source="times.sent", allow_null=True)


class MailOfSegmentSerializer(serializers.Serializer[dict[str, Any]]):
    """Which mail a segment is used for."""

    campaigns = UsingCampaignSerializer(many=True)
    sequences = UsingSequenceSerializer(many=True)


class TemplateOfMessageSerializer(serializers.Serializer[MailTemplateVersion]):
    """The version of a template that a message was made of."""

    code = Text(source="template.code")
    version = Count(source="number")


class MessageSerializer(serializers.Serializer[Message]):
    """A message; `address` only for those who may see personal data."""

    id = Count()
    kind = serializers.ChoiceField(MessageKind.choices)
    source = Text(allow_null=True)  # type: ignore[assignment]
    step = Count(allow_null=True)
    customer = Text(source="customer.external_id", allow_null=True)
    store = Text(source="store.code")
    address = PersonalTextField()
    state = serializers.ChoiceField(MessageState.choices)
    reason = Text(allow_blank=True)
    attempts = Count()
    due_at = ClockField()
    sent_at = ClockField(allow_null=True)
    message_id = Text(allow_null=True)
    template = TemplateOfMessageSerializer(allow_null=True)
    coupon = Text(source="coupon.code", allow_null=True)
    delivered_at = ClockField(allow_null=True)
    bounced_at = ClockField(allow_null=True)
    complained_at = ClockField(allow_null=True)
    unsubscribed_at = ClockField(allow_null=True)


class SuppressionSerializer(serializers.Serializer[Suppression]):
    """A suppressed address, by its hash."""

    id = Count()
    address_hash = Text()
    reason = serializers.ChoiceField(SuppressionReason.choices)
    at = ClockField()


class SyncedMemberSerializer(serializers.Serializer[SyncMember]):
    """A member of a synced list; `address` is only shown to users who may see personal data."""

    customer = Text(source="customer.external_id", allow_null=True)
    address = PersonalTextField(source="customer.email")
    state = serializers.ChoiceField(SyncMemberState.choices)
    error = Text(allow_blank=True)
    attempts = Count()
    since = ClockField(source="changed_at")
