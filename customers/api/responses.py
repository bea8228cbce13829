"""Response serializers of the customer endpoints; a test compares each response with them."""

from typing import Any

from rest_framework import serializers

from core.api.openapi.schema import FindingSerializer
from core.api.parsing import ClockField
from customers.models import Consent, ConsentState, Erasure, ErasureState, Orders, Purpose


class ConsentStateSerializer(serializers.Serializer[Consent]):
    """What a customer said of one purpose; all null where that is nothing."""

    state = serializers.ChoiceField(ConsentState.choices, allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    at = ClockField(allow_null=True)
    evidence = serializers.CharField(allow_null=True)


class ConsentEntrySerializer(ConsentStateSerializer):
    """One entry of the log."""

    purpose = serializers.ChoiceField(Purpose.choices)


class ConsentSerializer(serializers.Serializer[dict[str, Any]]):
    """What counts of each purpose, and with `log` all that was ever said, the newest first."""

    tracking = ConsentStateSerializer()
    personalization = ConsentStateSerializer()
    log = ConsentEntrySerializer(many=True, required=False)


class CustomerDataSerializer(serializers.Serializer[Any]):
    """Every row about a customer, by its table, and to whom data was given."""

    id = serializers.CharField()
    as_of = ClockField()
    tables = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))
    shared_with = serializers.ListField(child=serializers.DictField())


class ErasureSerializer(serializers.Serializer[Erasure]):
    """How far an erasure is."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(ErasureState.choices)
    orders = serializers.ChoiceField(Orders.choices)
    tables = serializers.DictField(child=serializers.IntegerField())
    remaining = serializers.ListField(child=serializers.CharField())
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True)
    requested_at = ClockField()
    completed_at = ClockField(allow_null=True)


class TakenSerializer(serializers.Serializer[dict[str, Any]]):
    """How many events were taken, came before, were older than what is stored, or left out."""

    accepted = serializers.IntegerField()
    repeated = serializers.IntegerField()
    older = serializers.IntegerField()
    erased = serializers.IntegerField()
    errors = FindingSerializer(many=True, required=False)  # type: ignore[assignment]
