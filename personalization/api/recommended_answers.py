"""What the calls answer, for the description of the API."""

from rest_framework import serializers


class RecommendationReasonShape(serializers.Serializer[object]):
    """Why a product is recommended, with the SKU or the figure behind it."""

    code = serializers.CharField()
    sku = serializers.CharField(required=False)
    value = serializers.CharField()


class RecommendedItemShape(serializers.Serializer[object]):
    """A product that is recommended."""

    sku = serializers.CharField()
    name = serializers.CharField()
    price = serializers.CharField(allow_null=True)
    score = serializers.CharField()
    rank = serializers.IntegerField()
    reasons = RecommendationReasonShape(many=True)


class RecommendationListShape(serializers.Serializer[object]):
    """A list of recommendations."""

    type = serializers.CharField()
    items = RecommendedItemShape(many=True)


class RecommendationModelShape(serializers.Serializer[object]):
    """What made personal lists; without a version: the history itself, or nothing was promoted."""

    version = serializers.IntegerField(allow_null=True)
    algorithm = serializers.CharField()
    fitted_at = serializers.DateTimeField()


class RecommendationsShape(serializers.Serializer[object]):
    """Recommendations, and how many business rules dropped."""

    id = serializers.CharField()
    as_of = serializers.DateTimeField()
    model = RecommendationModelShape()
    served = serializers.CharField()
    lists = RecommendationListShape(many=True)
    dropped = serializers.DictField(child=serializers.IntegerField())


class RecommendationFiguresShape(serializers.Serializer[object]):
    """NDCG and the share of customers with a hit; null: nobody bought anything to measure by."""

    ndcg = serializers.FloatField(allow_null=True)
    hit = serializers.FloatField(allow_null=True)


class RecommendationBothFiguresShape(serializers.Serializer[object]):
    """Figures of what is bought again, and of what is new to a customer."""

    repeats = RecommendationFiguresShape()
    new = RecommendationFiguresShape()


class RecommendationVersionShape(serializers.Serializer[object]):
    """An algorithm as a night has fitted it, beside popularity."""

    version = serializers.IntegerField()
    algorithm = serializers.CharField()
    as_of = serializers.DateTimeField()
    fitted_at = serializers.DateTimeField()
    customers = serializers.IntegerField()
    skus = serializers.IntegerField()
    figures = RecommendationBothFiguresShape()
    popular = serializers.DictField(child=RecommendationBothFiguresShape())
    gate = serializers.CharField()
    is_promoted = serializers.BooleanField()
