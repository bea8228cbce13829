"""The addresses of experiences, placements and content, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api import content
from personalization.api.experience import Experiences
from personalization.api.placements import PLACEMENT, OneVariant, Variants

VARIANTS = f"{PLACEMENT.path}<text:code>/variants/"

urlpatterns: list[URLPattern] = [
    either_way("personalization/experience/", Experiences, name="experience"),
    *PLACEMENT.urls(),
    either_way(VARIANTS, Variants, name="variants"),
    either_way(f"{VARIANTS}<text:variant>/", OneVariant, name="variant"),
    *content.API.urls(),
]
