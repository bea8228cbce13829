"""Alerts as JSON, for responses of the API and for webhooks."""

from rest_framework import serializers

from alerts.causes.shares import Cause
from alerts.models import Alert, AlertKind, AlertState
from alerts.words import describe_alert
from core.api.parsing import ClockField


class AlertSentenceField(serializers.CharField):
    """An alert in a sentence."""

    def get_attribute(self, instance: Alert) -> str:
        return describe_alert(instance)


class CauseField(serializers.ChoiceField):
    """A cause; null where none is known."""

    def get_attribute(self, instance: Alert) -> str | None:
        return instance.cause or None


class AlertSerializer(serializers.Serializer[Alert]):
    """An alert; sizes are null where its kind is about something else."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(AlertKind.choices)
    segment = serializers.CharField(source="segment.code", allow_null=True)
    at = ClockField()
    state = serializers.ChoiceField(AlertState.choices)
    size = serializers.IntegerField(allow_null=True)
    expected = serializers.IntegerField(allow_null=True)
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    change_percent = serializers.FloatField(allow_null=True)
    cause = CauseField(Cause.choices, allow_null=True)
    also = serializers.ListField(child=serializers.ChoiceField(Cause.choices))
    sentence = AlertSentenceField()
    resolved_at = ClockField(allow_null=True)
    resolved_by = serializers.CharField(source="resolved_by.username", allow_null=True)
