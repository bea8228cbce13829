"""Versions and their evaluations as JSON, for responses of the API and for commands."""

from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from predictions.models import Evaluation, Gate, ModelVersion, VersionState


class MetricSerializer(serializers.Serializer[dict[str, Any]]):
    """A metric of a version, and the value of its baseline; null for a missing value."""

    name = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    baseline = serializers.CharField(allow_null=True)
    baseline_value = serializers.FloatField(allow_null=True)


class ModelVersionSerializer(serializers.Serializer[ModelVersion]):
    """A version of a model."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(VersionState.choices)
    as_of = ClockField(allow_null=True)
    segment = serializers.CharField(source="segment.code", allow_null=True)
    parameters = serializers.DictField()
    fitted = serializers.DictField()
    metrics = MetricSerializer(many=True)
    gate = serializers.ChoiceField(Gate.choices)
    warnings = serializers.ListField(child=serializers.CharField())
    data_hash = serializers.CharField(allow_blank=True)
    libraries = serializers.DictField(child=serializers.CharField())
    artifact_sha256 = serializers.CharField(allow_blank=True)
    created_at = ClockField()
    created_by = serializers.CharField(source="created_by.username", allow_null=True)


class ModelEvaluationSerializer(serializers.Serializer[Evaluation]):
    """The metrics of a version as of a moment."""

    model = serializers.CharField(source="version.model.code")
    version = serializers.IntegerField(source="version.number")
    as_of = ClockField()
    metrics = MetricSerializer(many=True)
    gate = serializers.ChoiceField(Gate.choices)
