"""The responses of the experiences API."""

import time
from typing import Any

from rest_framework import serializers

from core.api.response_fields import NumberField
from personalization.experiences.serving.choosing import Loser, Reason, Why
from personalization.experiences.serving.responses import Answer, Served

Text = serializers.CharField


class ScoresField(serializers.DictField):
    """Scores by variant; left out where nothing is scored."""

    child = NumberField()

    def get_attribute(self, instance: Reason) -> Any:
        if instance.scores is None:
            raise serializers.SkipField
        return instance.scores


class ElapsedField(serializers.IntegerField):
    """The milliseconds since the time `begun` of the context, by `time.monotonic`."""

    def get_attribute(self, instance: Answer) -> int:
        begun: float = self.context["begun"]
        return round((time.monotonic() - begun) * 1000)


class WhySerializer(serializers.Serializer[Reason]):
    """The reason for the choice of an element's content."""

    code = serializers.ChoiceField([one.value for one in Why])
    segments = serializers.ListField(child=Text())
    sentence = Text()
    scores = ScoresField(
        required=False,
        help_text="Of a placement that chooses by goals: by variant, '' being the default.",
    )


class LoserSerializer(serializers.Serializer[Loser]):
    """A variant that was not chosen, in a preview."""

    variant = Text()
    why = WhySerializer(source="reason")


class ServedElementSerializer(serializers.Serializer[Served]):
    """The content of an element; `variant` is null for its default."""

    name = Text(source="element")
    variant = Text(allow_null=True)
    content = serializers.DictField()
    experiment = Text(source="experiment.code", allow_null=True)
    confidence_score = NumberField(source="confidence")
    # Only measured numbers, once the experiment has its planned size.
    expected_lift = serializers.DictField(source="lift", allow_null=True)
    why = WhySerializer(source="reason")
    losers = LoserSerializer(many=True, required=False)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if not self.context.get("is_preview", True):
            del fields["losers"]
        return fields


class ExperienceSerializer(serializers.Serializer[Answer]):
    """The experience of a shopper on a page."""

    id = Text()
    served = serializers.ChoiceField(["personalized", "default", "deadline"])
    elapsed_ms = ElapsedField()
    holdout = serializers.BooleanField(source="is_held_out")
    elements = ServedElementSerializer(many=True)
