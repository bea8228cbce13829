"""Pieces of content: read, written, changed, deleted."""

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
from core.api.parsing import ClockField, CodesField, TextField, TreeField, WholeNumberField
from core.api.permissions import user_of
from core.api.preconditions import ETAG
from core.clock import now
from personalization.api.editing_rows import (
    RowSerializer,
    check_code,
    deleted,
    read,
    row_to_change,
    saved_response,
    shown,
)
from personalization.api.experience_answers import ContentShape
from personalization.experiences.definition import ContentSays, said_by
from personalization.experiences.saving import save_content
from personalization.models import ContentItem

CONTENT = "personalization.{}_contentitem"
EXAMPLE = {
    "type": "blog_article",
    "categories": [],
    "months": [11, 12],
    "body": {"title": "What to give", "link": "/blog/gifts"},
}


class ContentSerializer(RowSerializer):
    """What is written of a piece of content; it is published now unless it says when."""

    code = TextField(required=False, max_length=64)
    type = TextField(max_length=64)
    published_at = ClockField(required=False)
    expires_at = ClockField(default=None, allow_null=True)
    categories = CodesField(default=list, max_length=100)
    months = serializers.ListField(child=WholeNumberField(), default=list, max_length=12)
    body = TreeField(default=dict)


class NewContentSerializer(ContentSerializer):
    """What is written of a new piece of content."""

    code = TextField(max_length=64)


class Contents(Endpoint):
    """All pieces of content; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            [CONTENT.format("view")], Answer(ContentShape, pages=True), parameters=PAGED
        ),
        "POST": Operation(
            [CONTENT.format("add")],
            Answer(ContentShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewContentSerializer,
            example={"code": "gifts", **EXAMPLE},
        ),
    }

    def get(self, request: Request) -> Response:
        return page_of(ContentItem.objects.all(), "pk", shown, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        row = ContentItem(code=values.pop("code"))
        saved = save_content(row, _says({}, values), author=user_of(request))
        response = saved_response(saved, HTTPStatus.CREATED)
        response["Location"] = reverse("api:content-item", args=[row.code])
        return response


class OneContent(Endpoint):
    """One piece of content; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation([CONTENT.format("view")], Answer(ContentShape, headers=ETAG)),
        "PUT": Operation(
            [CONTENT.format("change")],
            Answer(ContentShape, headers=ETAG),
            takes=ContentSerializer,
            example=EXAMPLE,
            if_match=True,
        ),
        "PATCH": Operation(
            [CONTENT.format("change")],
            Answer(ContentShape, headers=ETAG),
            takes=ContentSerializer,
            example={"months": [6, 7, 8]},
            if_match=True,
        ),
        "DELETE": Operation(
            [CONTENT.format("delete")], Answer(None, HTTPStatus.NO_CONTENT), if_match=True
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return read(content_at(code))

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        return deleted(request, content_at(code))

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with transaction.atomic():
            row = row_to_change(request, content_at(code))
            values = self.body(partial=partial)
            check_code(values, code)
            saved = save_content(row, _says(said_by(row), values), author=user_of(request))
        return saved_response(saved, HTTPStatus.OK)


def content_at(code: str) -> ContentItem:
    """Return the piece of content `code`; raises NotFound."""
    row: ContentItem | None = ContentItem.objects.filter(code=code).first()
    if row is None:
        raise NotFound(_("There is no content “%(code)s”.") % {"code": code})
    return row


def _says(had: dict[str, Any], values: dict[str, Any]) -> ContentSays:
    said = {"published_at": now()} | had | values
    lists = {name: tuple(said.get(name, ())) for name in ("categories", "months")}
    return ContentSays(**(said | lists))
