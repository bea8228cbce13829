"""The responses of the recommendations API for the schema."""

from typing import Annotated, TypedDict

from rest_framework import serializers

from core.api.parsing import ClockField
from core.api.response_fields import DocumentSerializer
from personalization.models import RecommendationVersion


class RecommendationReasonSerializer(serializers.Serializer[object]):
    """Why a product is recommended, with the SKU or the figure behind it."""

    code = serializers.CharField()
    sku = serializers.CharField(required=False)
    value = serializers.CharField()


class RecommendedItemSerializer(serializers.Serializer[object]):
    """A product that is recommended."""

    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.CharField(allow_null=True)
    score = serializers.CharField()
    rank = serializers.IntegerField()
    wish = serializers.CharField(required=False)
    algorithm = serializers.CharField(required=False)
    reasons = RecommendationReasonSerializer(many=True)


class RecommendationListSerializer(serializers.Serializer[object]):
    """A list of recommendations."""

    type = serializers.CharField()
    items = RecommendedItemSerializer(many=True)


class RecommendationModelSerializer(serializers.Serializer[object]):
    """The model of a personal list; without a version: the history itself, or a counter."""

    version = serializers.IntegerField(allow_null=True)
    algorithm = serializers.CharField()
    fitted_at = ClockField()


class RecommendationsSerializer(serializers.Serializer[object]):
    """Recommendations, and how many business rules dropped."""

    id = serializers.CharField()
    as_of = ClockField()
    model = RecommendationModelSerializer()
    models = serializers.DictField(child=RecommendationModelSerializer())
    warnings = serializers.ListField(child=serializers.CharField())
    served = serializers.CharField()
    lists = RecommendationListSerializer(many=True)
    dropped = serializers.DictField(child=serializers.IntegerField())


class RecommendationFiguresSerializer(DocumentSerializer):
    """NDCG and the share of customers with a hit; null without later purchases to evaluate."""

    ndcg = serializers.FloatField(allow_null=True)
    hit = serializers.FloatField(allow_null=True)


class RecommendationBothFiguresSerializer(DocumentSerializer):
    """Figures of repeat purchases, and of products that are new to a customer."""

    repeats = RecommendationFiguresSerializer()
    new = RecommendationFiguresSerializer()


class RecommendationAgainstSerializer(DocumentSerializer):
    """A paired difference of NDCG to a counter, with its 95 % interval; null: too few users."""

    baseline = serializers.CharField()
    mode = serializers.CharField()
    difference = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class RecommendationRivalSerializer(DocumentSerializer):
    """The paired difference of NDCG to the algorithm that a network has to beat."""

    algorithm = serializers.CharField()
    difference = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), allow_null=True)


class RecommendationTrainingSerializer(DocumentSerializer):
    """How a network was trained: on `cpu` or `cuda`, on how many sequences of how many SKUs."""

    device = serializers.CharField()
    seconds = serializers.IntegerField()
    epochs = serializers.IntegerField()
    loss = serializers.FloatField(allow_null=True)
    sequences = serializers.IntegerField()
    skus = serializers.IntegerField()
    customers = serializers.IntegerField()
    warnings = serializers.ListField(child=serializers.CharField())
    libraries = serializers.DictField(child=serializers.CharField())


class RecommendationVersionFiguresSerializer(RecommendationBothFiguresSerializer):
    """Figures of a version for its list; `difference` is the one to the closest counter."""

    wish = serializers.CharField(required=False)
    scope = serializers.CharField(required=False, allow_blank=True)
    ndcg = serializers.FloatField(required=False, allow_null=True)
    difference = serializers.FloatField(required=False, allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(), required=False, allow_null=True
    )
    users = serializers.IntegerField(required=False)
    chosen = serializers.DictField(child=serializers.FloatField(), required=False)
    against = RecommendationAgainstSerializer(many=True, required=False)
    compared_with = RecommendationRivalSerializer(required=False)
    deep = RecommendationTrainingSerializer(required=False)


class Promotion(TypedDict):
    """Whether a version makes recommendations now."""

    is_promoted: bool


class RecommendationVersionSerializer(
    serializers.Serializer[Annotated[RecommendationVersion, Promotion]]
):
    """An algorithm as a night has fitted it for a list, beside popularity; `scope` is the website
    whose customers it was measured on, "" for all.
    """

    version = serializers.IntegerField(source="number")
    algorithm = serializers.CharField()
    wish = serializers.CharField()
    scope = serializers.CharField(allow_blank=True)
    as_of = ClockField(source="fit.as_of")
    fitted_at = ClockField(source="fit.created_at")
    customers = serializers.IntegerField(source="fit.customers")
    skus = serializers.IntegerField(source="fit.skus")
    figures = RecommendationVersionFiguresSerializer()
    popular = serializers.DictField(
        child=RecommendationBothFiguresSerializer(), source="fit.popular"
    )
    gate = serializers.CharField()
    is_promoted = serializers.BooleanField()
