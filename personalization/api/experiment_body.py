"""What is written of an experiment, in either of its two ways."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.parsing import CodesField, ExactTextField, StrictSerializer, TextField, TreeField
from core.api.parsing import WholeNumberField as Whole
from core.api.refusals import invalid
from core.problems import Problem
from personalization.api.numbers import PlainNumberField
from personalization.experiments.checking import LONGEST_HYPOTHESIS, LONGEST_NAME
from personalization.experiments.definition import WHOLE, ExperimentSays
from personalization.experiments.variants import MOST
from personalization.experiments.weights import equal_weights
from personalization.models import Method, Metric

# What is assigned a variant: there is nothing else.
UNIT = "customer"


@extend_schema_field(
    {
        "oneOf": [
            {"type": "array", "items": {"type": "object", "additionalProperties": True}},
            {"type": "object", "additionalProperties": {"type": "object"}},
        ]
    }
)
class VariantsField(serializers.Field[Any, Any, Any, Any]):
    """A list of variants, or an object of them by code, whose weights are then equal.

    The first one is the control.
    """

    default_error_messages = {
        "invalid": _("A list of variants is needed here, or an object of them by code."),
        "not_an_object": _("Each variant is an object."),
    }

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list):
            return data
        if not isinstance(data, Mapping):
            self.fail("invalid")
        if not all(isinstance(one, Mapping) for one in data.values()):
            self.fail("not_an_object")
        if not 1 <= len(data) <= MOST:
            return list(data.values())
        weights = equal_weights(len(data))
        return [
            {"weight": weight, **one, "code": code}
            for weight, (code, one) in zip(weights, data.items(), strict=True)
        ]

    def to_representation(self, value: Any) -> Any:
        return value


class ExperimentSerializer(StrictSerializer):
    """What is written of an experiment; its state and times may only be sent back as they are."""

    # Whoever sends one back as it was is not refused.
    passed_over = ("version", "warnings")

    code = TextField(required=False, max_length=64)
    name = ExactTextField(max_length=LONGEST_NAME)
    hypothesis = ExactTextField(default="", allow_blank=True, max_length=LONGEST_HYPOTHESIS)
    placement = TextField(default=None, allow_null=True, max_length=64)
    salt = ExactTextField(default="", allow_blank=True, max_length=64)
    traffic = Whole(default=WHOLE)
    variants = VariantsField()
    audience = TreeField(default=None, allow_null=True)
    primary_metric = TextField(default=Metric.CONVERSION_RATE.value)
    metrics = CodesField(default=list)
    window_days = Whole(default=14)
    alpha = PlainNumberField(default=0.05)
    method = TextField(default=Method.FIXED.value)
    planned_size = Whole(default=None, allow_null=True)
    winsorize = PlainNumberField(default=None, allow_null=True)
    unit = serializers.ChoiceField([UNIT], required=False)
    state = TextField(required=False)
    started_at = TextField(required=False, allow_null=True)
    stopped_at = TextField(required=False, allow_null=True)


class NewExperimentSerializer(ExperimentSerializer):
    """The same of a new one; a segment and metrics may be said in short."""

    customer_segment = TextField(required=False, allow_null=True, max_length=255)
    success_metrics = CodesField(required=False)


def says_of(values: dict[str, Any]) -> ExperimentSays:
    """Return what was written as a definition; the short ways become the long ones."""
    segment = values.pop("customer_segment", None)
    wanted = values.pop("success_metrics", None)
    if segment is not None:
        if values["audience"] is not None:
            text = _("There is an audience already.")
            raise invalid(Problem("customer_segment", "invalid", str(text)))
        values["audience"] = {"operator": "is", "segments": [segment]}
    if wanted:
        values["primary_metric"], *values["metrics"] = wanted
    return ExperimentSays(**values)
