"""Placements and their variants by the API."""

from typing import Any

from rest_framework import serializers

from core.api.parameters import Parameter
from core.api.routes.slashes import either_way
from core.resources.api import Api, Filter
from personalization.experiences.resources import PLACEMENTS, VARIANTS
from personalization.models import ExperienceVariant

PLACEMENT = Api(
    PLACEMENTS,
    "personalization/placements/",
    names=("placements", "placement"),
    words=("Placements", "Placement"),
    nouns=("placements", "a placement"),
    address=either_way,
    filters=[
        Filter(
            Parameter("page_type", serializers.CharField(required=False)),
            lambda rows, page_type: rows.filter(page_type=page_type),
        )
    ],
    example_code="home-hero",
    example={
        "page_type": "home",
        "default_content": {"type": "hero_banner", "title": "Welcome, {first_name|dear visitor}"},
    },
    change={"is_active": False},
)


class VariantApi(Api):
    """The variants of a placement, below its address."""

    def rows_at(self, *codes: str) -> Any:
        return super().rows_at().filter(placement=PLACEMENT.row_at(*codes))

    def new_at(self, *codes: str) -> ExperienceVariant:
        return ExperienceVariant(placement=PLACEMENT.row_at(*codes))

    def codes_of(self, row: ExperienceVariant) -> list[str]:
        return [row.placement.code, row.code]


VARIANT = VariantApi(
    VARIANTS,
    f"{PLACEMENT.path}<text:code>/variants/",
    names=("variants", "variant"),
    words=("Variants", "Variant"),
    nouns=("variants of a placement", "a variant of a placement"),
    address=either_way,
    key="text:variant",
    example_code="best-hero",
    example={
        "audience": {"operator": "is", "segments": ["best-customers"]},
        "content": {"type": "hero_banner", "title": "For our best customers", "link": "/best"},
    },
    change={"priority": 5},
)
