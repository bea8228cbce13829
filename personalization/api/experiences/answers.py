"""What the calls about experiences answer, as the schema shows it."""

from typing import Any

from rest_framework import serializers

from personalization.experiences.serving.choosing import Why

Shape = serializers.Serializer[Any]
Text = serializers.CharField


class WhyShape(Shape):
    """Why an element shows what it shows."""

    code = serializers.ChoiceField([one.value for one in Why])
    segments = serializers.ListField(child=Text())
    sentence = Text()
    scores = serializers.DictField(
        child=serializers.FloatField(),
        required=False,
        help_text="Of a placement that chooses by goals: by variant, '' being the default.",
    )


class LoserShape(Shape):
    """A variant that is not shown, in a preview."""

    variant = Text()
    why = WhyShape()


class ServedElementShape(Shape):
    """What an element shows; `variant` is null for its default."""

    name = Text()
    variant = Text(allow_null=True)
    content = serializers.DictField()
    experiment = Text(allow_null=True)
    confidence_score = serializers.FloatField()
    expected_lift = serializers.DictField(allow_null=True)
    why = WhyShape()
    losers = LoserShape(many=True, required=False)


class ExperienceShape(Shape):
    """What a page shows to a shopper."""

    id = Text()
    served = serializers.ChoiceField(["personalized", "default", "deadline"])
    elapsed_ms = serializers.IntegerField()
    holdout = serializers.BooleanField()
    elements = ServedElementShape(many=True)
