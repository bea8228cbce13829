"""Recommendation rules by the API."""

from core.api.routes.slashes import either_way
from core.resources.api import Api
from personalization.recommend.resource import RECOMMENDATION_RULES

API = Api(
    RECOMMENDATION_RULES,
    "personalization/recommendations/rules/",
    names=("recommendation-rules", "recommendation-rule"),
    words=("RecommendationRules", "RecommendationRule"),
    nouns=("recommendation rules", "a recommendation rule"),
    address=either_way,
    example_code="not-again",
    example={
        "name": "Nothing that was bought in the last month",
        "contexts": ["homepage", "email"],
        "bought_recently_days": 30,
    },
    change={"bought_recently_days": 14},
)
