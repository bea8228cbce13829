"""The addresses of personalization, answered without their last slash too, never by a redirect."""

from django.urls import URLPattern

from customers.rest.slashes import either_way
from personalization.api.models import Promoting, RecommendationModels, RollingBack
from personalization.api.recommendations import Recommendations
from personalization.api.rules import OneRecommendationRule, RecommendationRules

urlpatterns: list[URLPattern] = [
    either_way("personalization/recommendations/", Recommendations, name="recommendations"),
    either_way(
        "personalization/recommendations/rules/", RecommendationRules, name="recommendation-rules"
    ),
    either_way(
        "personalization/recommendations/rules/<text:code>/",
        OneRecommendationRule,
        name="recommendation-rule",
    ),
    either_way("personalization/models/", RecommendationModels, name="recommendation-models"),
    either_way(
        "personalization/models/<int:number>/promote/", Promoting, name="recommendation-promote"
    ),
    either_way("personalization/models/rollback/", RollingBack, name="recommendation-rollback"),
]
