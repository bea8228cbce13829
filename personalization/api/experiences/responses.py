"""The responses of the experiences API for the schema."""

from typing import Any

from rest_framework import serializers

from personalization.experiences.serving.choosing import Why

Text = serializers.CharField


class WhySerializer(serializers.Serializer[Any]):
    """The reason for the choice of an element's content."""

    code = serializers.ChoiceField([one.value for one in Why])
    segments = serializers.ListField(child=Text())
    sentence = Text()
    scores = serializers.DictField(
        child=serializers.FloatField(),
        required=False,
        help_text="Of a placement that chooses by goals: by variant, '' being the default.",
    )


class LoserSerializer(serializers.Serializer[Any]):
    """A variant that was not chosen, in a preview."""

    variant = Text()
    why = WhySerializer()


class ServedElementSerializer(serializers.Serializer[Any]):
    """The content of an element; `variant` is null for its default."""

    name = Text()
    variant = Text(allow_null=True)
    content = serializers.DictField()
    experiment = Text(allow_null=True)
    confidence_score = serializers.FloatField()
    expected_lift = serializers.DictField(allow_null=True)
    why = WhySerializer()
    losers = LoserSerializer(many=True, required=False)


class ExperienceSerializer(serializers.Serializer[Any]):
    """The experience of a shopper on a page."""

    id = Text()
    served = serializers.ChoiceField(["personalized", "default", "deadline"])
    elapsed_ms = serializers.IntegerField()
    holdout = serializers.BooleanField()
    elements = ServedElementSerializer(many=True)
