"""The addresses below `personalization/`, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api.intake.collect import Collect
from personalization.api.intake.properties import API as PROPERTIES
from personalization.api.intake.track import TrackBehavior
from personalization.api.profiles.customer import ConsentOfCustomer, InsightsOfCustomer, OneProfile
from personalization.api.profiles.interests import Interests
from personalization.api.recommendations.lists import Recommendations
from personalization.api.recommendations.models import (
    Promoting,
    RecommendationModels,
    RollingBackRecommendations,
)
from personalization.api.recommendations.rules import API as RULES

urlpatterns: list[URLPattern] = [
    either_way("personalization/track-behavior/", TrackBehavior, name="track-behavior"),
    either_way("personalization/collect/", Collect, name="collect"),
    # A shop's customer number may contain any character, also slashes; the last slash is ours.
    either_way(
        "personalization/consent/<any_text:number>/",
        ConsentOfCustomer,
        name="personalization-consent",
    ),
    either_way(
        "personalization/profile/<any_text:number>/", OneProfile, name="personalization-profile"
    ),
    either_way(
        "personalization/insights/<any_text:number>/",
        InsightsOfCustomer,
        name="personalization-insights",
    ),
    either_way("personalization/interests/", Interests, name="personalization-interests"),
    either_way("personalization/recommendations/", Recommendations, name="recommendations"),
    *RULES.urls(),
    *PROPERTIES.urls(),
    either_way("personalization/models/", RecommendationModels, name="recommendation-models"),
    either_way(
        "personalization/models/<int:number>/promote/", Promoting, name="recommendation-promote"
    ),
    either_way(
        "personalization/models/rollback/",
        RollingBackRecommendations,
        name="recommendation-rollback",
    ),
]
