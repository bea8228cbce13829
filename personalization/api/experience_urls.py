"""The addresses of experiences, placements and content, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api import content
from personalization.api.experience import Experiences
from personalization.api.placements import OnePlacement, OneVariant, Placements, Variants

PLACEMENT = "personalization/placements/<text:code>/"

urlpatterns: list[URLPattern] = [
    either_way("personalization/experience/", Experiences, name="experience"),
    either_way("personalization/placements/", Placements, name="placements"),
    either_way(PLACEMENT, OnePlacement, name="placement"),
    either_way(f"{PLACEMENT}variants/", Variants, name="variants"),
    either_way(f"{PLACEMENT}variants/<text:variant>/", OneVariant, name="variant"),
    *content.API.urls(),
]
