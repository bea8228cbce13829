"""The request body of `POST clv/optimize/`: a strategy, its inputs, and how to save the plan."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.parsing import ExactTextField, StrictSerializer, WholeNumberField
from predictions.strategies.assumptions.numbers import MONEY, BadNumber, Range
from predictions.strategies.assumptions.values import ASSUMPTIONS, UPLIFT
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.question import CLV, ORDER

MOST_SHOWN = 10_000
VALUED_BY = (CLV, ORDER)
# The ways to save a plan as a segment, and the formats of the response.
AS, RULE, LIST = "as", "rule", "list"
SAVED_AS = (RULE, LIST)
JSON, CSV = "json", "csv"
FORMATS = (JSON, CSV)


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}]})
class NumberField(serializers.Field[Any, Any, Any, Any]):
    """An exact number within a range, as a JSON number or as text."""

    def __init__(self, range_: Range, **more: Any) -> None:
        self.range = range_
        super().__init__(**more)

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return self.range.read(data)
        except BadNumber as error:
            raise serializers.ValidationError(str(error), code=error.code) from error

    def to_representation(self, value: Any) -> Any:
        return value


class ValuedByField(ExactTextField):
    """The value of a customer in a plan; a text, since the schema has other choices as `value`."""

    default_error_messages = serializers.ChoiceField.default_error_messages

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text not in VALUED_BY:
            self.fail("invalid_choice", input=text)
        return text


class AssumptionsRequestSerializer(StrictSerializer):
    """The assumptions of a plan; null counts as not given."""

    def get_fields(self) -> Any:
        return {
            name: NumberField(one.range, required=False, allow_null=True)
            for name, one in ASSUMPTIONS.items()
        }


class CampaignSerializer(StrictSerializer):
    """A campaign that shares a budget with others."""

    code = ExactTextField(max_length=64)
    segment = ExactTextField(max_length=64)
    cost_per_contact = NumberField(MONEY)
    uplift = NumberField(ASSUMPTIONS[UPLIFT].range, default=None, allow_null=True)
    value = ValuedByField(max_length=64, help_text=f"One of {', '.join(VALUED_BY)}.")


class SegmentToSaveSerializer(StrictSerializer):
    """The code of a segment to create, as a rule or as a list of the chosen customers."""

    code = ExactTextField(max_length=64)

    def get_fields(self) -> Any:
        # `as` is a Python keyword and cannot be the name of an attribute.
        return super().get_fields() | {AS: serializers.ChoiceField(SAVED_AS, required=False)}


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object"}]})
class SaveAsField(ExactTextField):
    """The code of a segment to create, or an object of `code` and `as`; validated to the latter."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return {"code": super().to_internal_value(data)}
        serializer = SegmentToSaveSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def run_validators(self, value: Any) -> None:
        super().run_validators(value["code"])


class OptimizeSerializer(StrictSerializer):
    """A strategy and its inputs.

    `as` beside a `save_as` that is a text has the meaning of `as` in a `save_as` that is an object.
    """

    strategy = serializers.ChoiceField(list(STRATEGIES))
    budget = NumberField(MONEY, default=None, allow_null=True)
    cost_per_contact = NumberField(MONEY, default=Decimal(0))
    assumptions = AssumptionsRequestSerializer(default=dict)
    segment = ExactTextField(default=None, allow_null=True, max_length=64)
    campaigns = CampaignSerializer(many=True, default=list)
    save_as = SaveAsField(default=None, allow_null=True, max_length=64)
    limit = WholeNumberField(default=100, min_value=0, max_value=MOST_SHOWN)
    format = serializers.ChoiceField(FORMATS, required=False)

    default_error_messages = {
        "no_save_as": gettext_lazy("“as” says what “save_as” makes, which is missing."),
        "contradictory": gettext_lazy("“as” and “save_as” say different things."),
        "not_with_save_as": gettext_lazy("Ask for the CSV or for a segment, one at a time."),
    }

    def get_fields(self) -> Any:
        return super().get_fields() | {AS: serializers.ChoiceField(SAVED_AS, required=False)}

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        given, save_as = values.pop(AS, None), values["save_as"]
        if given is not None and save_as is None:
            self._refuse(AS, "no_save_as")
        if save_as is not None:
            if values.get("format") == CSV:
                self._refuse("format", "not_with_save_as")
            if given is not None and save_as.get(AS, given) != given:
                self._refuse(AS, "contradictory")
            values["save_as"] = save_as | {AS: given or save_as.get(AS, RULE)}
        return values

    def _refuse(self, field: str, code: str) -> NoReturn:
        message = self.error_messages[code]
        raise serializers.ValidationError({field: [serializers.ErrorDetail(str(message), code)]})
