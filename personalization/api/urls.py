"""The addresses below `personalization/`, answered without their last slash too."""

from django.urls import URLPattern

from customers.rest.slashes import either_way
from personalization.api.collect import Collect
from personalization.api.consent import ConsentOfCustomer
from personalization.api.interests import Interests
from personalization.api.profiles import InsightsOfCustomer, OneProfile
from personalization.api.track import TrackBehavior

urlpatterns: list[URLPattern] = [
    either_way("personalization/track-behavior/", TrackBehavior, name="track-behavior"),
    either_way("personalization/collect/", Collect, name="collect"),
    # A shop's number of a customer may have any character in it, slashes too; the last is ours.
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
]
