"""The registry of conditions, and suggestions for their values."""

import hashlib
import json
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.errors import Problem
from conditions.language.types.texts import TEXT_LIMIT
from conditions.parsing.values import LISTED_LIMIT
from customers.personal import Kind, may_see
from segments.api.pages import faults_of_parameters
from segments.api.parsing import StrictSerializer, TextField
from segments.api.permissions import user_of
from segments.api.problems import invalid
from segments.api.registry import everything
from segments.insight.suggestions import known_values, suggestions

MOST = 20


class Registry(APIView):
    """What trees may say."""

    needs: ClassVar = {"GET": ["conditions.preview"]}

    def get(self, request: Request) -> Response:
        body = everything()
        etag = _etag(body)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if etag in request.headers.get("If-None-Match", ""):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, headers=headers)


def _etag(body: Any) -> str:
    text = f"{get_language()} {json.dumps(body, cls=DjangoJSONEncoder)}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


class TextsSerializer(StrictSerializer):
    """An attribute, and what may be values of it."""

    attribute = TextField()
    texts = serializers.ListField(
        child=TextField(max_length=TEXT_LIMIT), min_length=1, max_length=LISTED_LIMIT
    )


class Values(APIView):
    """GET: values that an attribute may be compared with. POST: which of some texts are such."""

    needs: ClassVar = {"GET": ["conditions.preview"], "POST": ["conditions.preview"]}

    def get(self, request: Request) -> Response:
        problems = faults_of_parameters(request, "attribute", "q")
        code = request.query_params.get("attribute", "")
        attribute = registry.find_attribute(code)
        if attribute is None:
            problems.append(_no_attribute(code))
        if attribute is None or problems:
            raise invalid(*problems)
        if not _may_look_up(user_of(request), attribute):
            return Response([])
        found = suggestions(attribute, request.query_params.get("q", ""), MOST)
        return Response([{"value": value, "label": label} for value, label in found.items()])

    def post(self, request: Request) -> Response:
        serializer = TextsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        code = serializer.validated_data["attribute"]
        attribute = registry.find_attribute(code)
        if attribute is None:
            raise invalid(_no_attribute(code))
        texts = serializer.validated_data["texts"]
        may_look_up = _may_look_up(user_of(request), attribute)
        found = known_values(attribute, texts) if may_look_up else {}
        return Response(
            [
                {"text": text, "value": value, "label": label}
                for text, (value, label) in found.items()
            ]
        )


def _no_attribute(code: str) -> Problem:
    message = _("“%(code)s” is not an attribute.") % {"code": code}
    return Problem("attribute", "unknown_attribute", message)


def _may_look_up(user: User, attribute: Attribute) -> bool:
    """Return whether `user` may see stored values of `attribute`; there is no other rule."""
    if attribute.kind is Kind.OPEN:
        # Texts, such as the numbers of orders, are the customers' own even so.
        return attribute.choices is not None or user.has_perm("segments.view_members")
    return may_see(user, attribute.kind, names="segments.view_members")
