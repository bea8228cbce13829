"""The responses of the experiments API for the schema."""

from typing import Any

from rest_framework import serializers

from core.api.parsing import ClockField
from personalization.experiments.results.verdict import Verdict
from personalization.models import ExperimentState, Method, Metric, Mode

Text = serializers.CharField
Whole = serializers.IntegerField
Number = serializers.FloatField
Time = ClockField


class ArmSerializer(serializers.Serializer[Any]):
    """A variant with its figures, some of them compared with the control; null: not known yet."""

    code = Text()
    weight = Whole()
    assigned = Whole(required=False)
    units = Whole()
    pending = Whole(required=False)
    conversions = Whole(required=False, allow_null=True)
    rate = Number(required=False, allow_null=True)
    mean = Number(required=False, allow_null=True)
    variance = Number(required=False, allow_null=True)
    difference = Number(required=False, allow_null=True)
    relative = Number(required=False, allow_null=True)
    interval = serializers.ListField(child=Number(), required=False, allow_null=True)
    p_value = Number(required=False, allow_null=True)
    adjusted_p_value = Number(required=False, allow_null=True)
    standard_error = Number(required=False, allow_null=True)
    always_valid_interval = serializers.ListField(child=Number(), required=False, allow_null=True)
    verdict = serializers.ChoiceField([one.value for one in Verdict], required=False)


class MetricResultSerializer(serializers.Serializer[Any]):
    """A further metric."""

    metric = serializers.ChoiceField(Metric.choices)
    variants = ArmSerializer(many=True)


class SrmSerializer(serializers.Serializer[Any]):
    """The test for a sample ratio mismatch."""

    chi2 = Number()
    df = Whole()
    p_value = Number()
    alarm = serializers.BooleanField()
    counts = serializers.DictField(child=Whole())


class BanditBatchSerializer(serializers.Serializer[Any]):
    """A batch of a bandit: lists in the order of the variants."""

    number = Whole()
    start = Time()
    weights = serializers.ListField(child=Whole())
    units = serializers.ListField(child=Whole())
    successes = serializers.ListField(child=Whole(), allow_null=True)
    winner = Text(allow_null=True)


class CupedSerializer(serializers.Serializer[Any]):
    """The variance explained by the time before the exposure (CUPED)."""

    covariate = Text()
    theta = Number(allow_null=True)
    variance_reduction = Number(allow_null=True)
    gain = serializers.ChoiceField(["some", "none"], allow_null=True)


class PlannedSerializer(serializers.Serializer[Any]):
    """The planned size and how much of it is reached."""

    planned_size = Whole(allow_null=True)
    smallest_arm = Whole()
    is_reached = serializers.BooleanField()


class SegmentResultSerializer(serializers.Serializer[Any]):
    """The primary metric of those who were members of a segment at their assignment."""

    segment = Text()
    variants = ArmSerializer(many=True)
    note = serializers.ChoiceField(["too_few", "sign_differs"], allow_null=True)


class ExperimentResultsSerializer(serializers.Serializer[Any]):
    """The results of an experiment."""

    code = Text()
    name = Text()
    state = serializers.ChoiceField(ExperimentState.choices)
    mode = serializers.ChoiceField(Mode.choices)
    as_of = Time()
    method = serializers.ChoiceField(Method.choices)
    metric = serializers.ChoiceField([*Metric.values, "open_rate"])
    alpha = Number()
    confidence_level = Number()
    variants = ArmSerializer(many=True)
    metrics = MetricResultSerializer(many=True)
    batches = BanditBatchSerializer(many=True)
    planned_batches = Whole(allow_null=True)
    regret_estimate = Number(allow_null=True)
    srm = SrmSerializer()
    cuped = CupedSerializer()
    power = PlannedSerializer()
    verdict = serializers.ChoiceField([one.value for one in Verdict])
    winner = Text(allow_null=True)
    segments = SegmentResultSerializer(many=True)


class SeveralResultsSerializer(serializers.Serializer[Any]):
    """The results of several experiments, in the order of the request."""

    results = ExperimentResultsSerializer(many=True)


class PowerSerializer(serializers.Serializer[Any]):
    """How many customers each variant needs, and all of them together."""

    sample_size = Whole()
    total = Whole()
    alpha = Number()
    power = Number()
