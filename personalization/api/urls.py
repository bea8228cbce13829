"""The addresses of personalization, each answered without its last slash too."""

from django.urls import URLPattern

from customers.rest.slashes import either_way
from personalization.api.interests import Interests
from personalization.api.profiles import InsightsOfCustomer, OneProfile

urlpatterns: list[URLPattern] = [
    # A shop's number of a customer may have any character in it, slashes too; the last is ours.
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
