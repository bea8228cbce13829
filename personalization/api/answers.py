"""The shapes of the answers."""

from typing import Any

from rest_framework import serializers

from customers.rest.schema import FindingShape


class DroppedShape(serializers.Serializer[Any]):
    """How many behaviours were left out, and why."""

    no_consent = serializers.IntegerField()
    gpc = serializers.IntegerField()
    bot = serializers.IntegerField()
    rate = serializers.IntegerField()
    erased = serializers.IntegerField()


class TrackedShape(serializers.Serializer[Any]):
    """What became of behaviours."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    dropped = DroppedShape()
    errors = FindingShape(many=True)  # type: ignore[assignment]
