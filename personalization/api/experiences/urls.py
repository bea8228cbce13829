"""The addresses of experiences, placements and content, answered without their last slash too."""

from django.urls import URLPattern

from core.api.routes.slashes import either_way
from personalization.api.experiences import content
from personalization.api.experiences.placements import PLACEMENT, VARIANT
from personalization.api.experiences.serving import Experiences

urlpatterns: list[URLPattern] = [
    either_way("personalization/experience/", Experiences, name="experience"),
    *PLACEMENT.urls(),
    *VARIANT.urls(),
    *content.API.urls(),
]
