"""The addresses below `personalization/`, answered without their last slash too."""

from django.urls import URLPattern

from customers.api.privacy import CustomerConsent
from customers.rest.slashes import either_way
from personalization.api.track import TrackBehavior

urlpatterns: list[URLPattern] = [
    either_way("personalization/track-behavior/", TrackBehavior, name="track-behavior"),
    # A shop's number of a customer may have any character in it, slashes too; the last is ours.
    either_way(
        "personalization/consent/<any_text:number>/",
        CustomerConsent,
        name="personalization-consent",
    ),
]
