"""Placements and their variants: read, written, changed, deleted."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import ClockField, TextField, TreeField, WholeNumberField, YesNoField
from core.api.permissions import user_of
from core.api.preconditions import ETAG
from core.api.routes.slashes import either_way
from core.resources.api import Api, Filter
from personalization.api.editing_rows import (
    RowSerializer,
    check_code,
    deleted,
    gone,
    read,
    row_to_change,
    saved_response,
    shown,
)
from personalization.api.experience_answers import (
    SavedVariantShape,
    VariantShape,
)
from personalization.experiences.checking import MOST
from personalization.experiences.definition import VariantSays, said_by
from personalization.experiences.resources import PLACEMENTS
from personalization.experiences.saving import save_variant
from personalization.models import ExperienceVariant, Placement

VARIANT = "personalization.{}_experiencevariant"
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
VARIANT_EXAMPLE = {
    "audience": {"operator": "is", "segments": ["best-customers"]},
    "content": {"type": "hero_banner", "title": "For our best customers", "link": "/best"},
}


class VariantSerializer(RowSerializer):
    """What is written of a variant."""

    code = TextField(required=False, max_length=64)
    audience = TreeField(default=None, allow_null=True)
    context = TreeField(default=dict)  # type: ignore[assignment]
    live = YesNoField(default=False)
    priority = WholeNumberField(default=0, min_value=-MOST, max_value=MOST)
    starts_at = ClockField(default=None, allow_null=True)
    ends_at = ClockField(default=None, allow_null=True)
    is_active = YesNoField(default=True)
    content = TreeField()


class NewVariantSerializer(VariantSerializer):
    """What is written of a new variant."""

    code = TextField(max_length=64)


class Variants(Endpoint):
    """All variants of a placement; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            [VARIANT.format("view")], Answer(VariantShape, pages=True), parameters=PAGED
        ),
        "POST": Operation(
            [VARIANT.format("add")],
            Answer(SavedVariantShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewVariantSerializer,
            example={"code": "best-hero", **VARIANT_EXAMPLE},
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return page_of(PLACEMENT.row_at(code).variants.all(), "pk", shown, self)

    def post(self, request: Request, code: str) -> Response:
        placement = PLACEMENT.row_at(code)
        values = self.body()
        row = ExperienceVariant(placement=placement, code=values.pop("code"))
        try:
            saved = save_variant(row, VariantSays(**values), author=user_of(request))
        except Placement.DoesNotExist as error:
            raise gone() from error
        response = saved_response(saved, HTTPStatus.CREATED, warns=True)
        response["Location"] = reverse("api:variant", args=[code, row.code])
        return response


class OneVariant(Endpoint):
    """One variant; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation([VARIANT.format("view")], Answer(VariantShape, headers=ETAG)),
        "PUT": Operation(
            [VARIANT.format("change")],
            Answer(SavedVariantShape, headers=ETAG),
            takes=VariantSerializer,
            example=VARIANT_EXAMPLE,
            if_match=True,
        ),
        "PATCH": Operation(
            [VARIANT.format("change")],
            Answer(SavedVariantShape, headers=ETAG),
            takes=VariantSerializer,
            example={"priority": 5},
            if_match=True,
        ),
        "DELETE": Operation(
            [VARIANT.format("delete")], Answer(None, HTTPStatus.NO_CONTENT), if_match=True
        ),
    }

    def get(self, request: Request, code: str, variant: str) -> Response:
        return read(variant_at(code, variant))

    def put(self, request: Request, code: str, variant: str) -> Response:
        return self._write(request, code, variant, partial=False)

    def patch(self, request: Request, code: str, variant: str) -> Response:
        return self._write(request, code, variant, partial=True)

    def delete(self, request: Request, code: str, variant: str) -> Response:
        return deleted(request, variant_at(code, variant))

    def _write(self, request: Request, code: str, variant: str, *, partial: bool) -> Response:
        with transaction.atomic():
            row = row_to_change(request, variant_at(code, variant))
            values: dict[str, Any] = self.body(partial=partial)
            check_code(values, variant)
            says = VariantSays(**(said_by(row) | values))
            saved = save_variant(row, says, author=user_of(request))
        return saved_response(saved, HTTPStatus.OK, warns=True)


def variant_at(placement: str, code: str) -> ExperienceVariant:
    """Return the variant `code` of a placement; raises NotFound."""
    rows = ExperienceVariant.objects.filter(placement=PLACEMENT.row_at(placement), code=code)
    row: ExperienceVariant | None = rows.select_related("placement").first()
    if row is None:
        raise NotFound(_("There is no variant “%(code)s”.") % {"code": code})
    return row
