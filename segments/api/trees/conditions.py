"""The registry of conditions, and suggestions for their values."""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language, gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from conditions import registry
from conditions.attribute import Attribute
from conditions.language.types.texts import TEXT_LIMIT
from conditions.parsing.values import LISTED_LIMIT
from conditions.reading import GRAMMARS, LONGEST, read_sentence
from core.access.personal import Kind, may_see
from core.access.website_limits import OutsideWebsites, Treatment, is_limited, websites_of
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import StrictSerializer, TextField
from core.api.permissions import user_of
from core.api.throttles import ApiRate, PreviewRate
from segments.api.trees.previews import ScopeSerializer
from segments.api.trees.registry import registry_document
from segments.api.trees.responses import (
    CountedValueSerializer,
    KnownValueSerializer,
    ReadingSerializer,
    RegistrySerializer,
    SuggestedValueSerializer,
)
from segments.insight.suggestions import NAMESAKES, known_values, suggestions
from segments.insight.value_counts import value_counts
from segments.models import Segment
from segments.rules.in_conditions.references import NAMING, PRIORITY_LIST
from segments.rules.website_limits.websites import hidden_segments, scope_within, seen_by

MOST = 20
MOST_COUNTED = 50


class Registry(Endpoint):
    """What trees may say."""

    operations: ClassVar = {
        "GET": Operation(
            ["conditions.preview"],
            Answer(RegistrySerializer),
            summary="List attributes and operators",
            websites=Treatment.LIMITED,
        )
    }

    def get(self, request: Request) -> Response:
        body = registry_document()
        _hide_segments(body["attributes"], user_of(request))
        etag = _etag(body)
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if etag in request.headers.get("If-None-Match", ""):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(body, headers=headers)


def _etag(body: Any) -> str:
    text = f"{get_language()} {json.dumps(body, cls=DjangoJSONEncoder)}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


class AttributeField(TextField):
    """The code of an attribute."""

    default_error_messages = {"unknown_attribute": gettext_lazy("“{code}” is not an attribute.")}

    def to_internal_value(self, data: Any) -> Any:
        code = super().to_internal_value(data)
        found = registry.find_attribute(code)
        if found is None:
            self.fail("unknown_attribute", code=code)
        return found


class TextsSerializer(StrictSerializer):
    """An attribute, and what may be values of it."""

    attribute = AttributeField()
    texts = serializers.ListField(
        child=TextField(max_length=TEXT_LIMIT), min_length=1, max_length=LISTED_LIMIT
    )


class Values(Endpoint):
    """GET: values that an attribute may be compared with. POST: which of some texts are such."""

    operations: ClassVar = {
        "GET": Operation(
            ["conditions.preview"],
            Answer(SuggestedValueSerializer, many=True),
            parameters=[
                Parameter("attribute", AttributeField(), "The attribute's code."),
                Parameter(
                    "q",
                    serializers.CharField(required=False, allow_blank=True, trim_whitespace=False),
                    "What has been typed.",
                ),
            ],
            summary="List values of an attribute",
            websites=Treatment.LIMITED,
        ),
        "POST": Operation(
            ["conditions.preview"],
            Answer(KnownValueSerializer, many=True),
            takes=TextsSerializer,
            example={"attribute": "address.country", "texts": ["France", "DE"]},
            summary="Find texts among the values of an attribute",
            websites=Treatment.LIMITED,
            is_read=True,
        ),
    }

    def get(self, request: Request) -> Response:
        attribute, user = self.query["attribute"], user_of(request)
        if not _may_list(user, attribute):
            return Response([])
        # Among more there are still enough where some are left out.
        most = NAMESAKES if is_limited(user) and _names_segments(attribute) else MOST
        known = suggestions(attribute, self.query.get("q", ""), most)
        hidden = hidden_segments(known, user) if _names_segments(attribute) else ()
        seen = [value for value in known if value not in hidden]
        found = {value: known[value] for value in seen[:MOST]}
        above = attribute.choices.above(found) if attribute.choices else {}
        return Response(
            [
                {"value": value, "label": label}
                | ({"above": above[value]} if value in above else {})
                for value, label in found.items()
            ]
        )

    def post(self, request: Request) -> Response:
        asked = self.body()
        attribute, texts = asked["attribute"], asked["texts"]
        user = user_of(request)
        found = known_values(attribute, texts) if _may_list(user, attribute) else {}
        if _names_segments(attribute):
            hidden = hidden_segments([value for value, _label in found.values()], user)
            found = {text: one for text, one in found.items() if one[0] not in hidden}
        return Response(
            [
                {"text": text, "value": value, "label": label}
                for text, (value, label) in found.items()
            ]
        )


class SentenceSerializer(StrictSerializer):
    """What a merchant types, and in which language."""

    text = TextField(max_length=LONGEST, allow_blank=True, trim_whitespace=False)
    language = serializers.ChoiceField(choices=list(GRAMMARS), default=None, allow_null=True)


class Sentences(Endpoint):
    """A merchant's words become trees; nothing is stored."""

    operations: ClassVar = {
        "POST": Operation(
            ["conditions.preview"],
            Answer(ReadingSerializer),
            takes=SentenceSerializer,
            example={"text": "never ordered, in France or Germany", "language": "en"},
            summary="Read a sentence as trees",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        user = user_of(request)
        found = read_sentence(
            asked["text"],
            language=asked["language"],
            # A reader who may not list the values could find out by trying which names exist.
            may_look_up=lambda attribute: (
                _may_list(user, attribute) and not (is_limited(user) and _names_segments(attribute))
            ),
        )
        return Response(self.render(found))


class ValueCountsSerializer(ScopeSerializer):
    """Values of an attribute, and the customers it is about."""

    attribute = AttributeField()
    values = serializers.ListField(
        child=TextField(max_length=TEXT_LIMIT), min_length=1, max_length=MOST_COUNTED
    )


class ValueCounts(Endpoint):
    """How many customers have each of some values."""

    operations: ClassVar = {
        "POST": Operation(
            ["conditions.preview"],
            Answer(CountedValueSerializer, many=True),
            takes=ValueCountsSerializer,
            example={"attribute": "address.country", "values": ["FR", "DE"]},
            summary="Count customers by value",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }
    throttle_classes = (ApiRate, PreviewRate)

    def post(self, request: Request) -> Response:
        asked = self.body()
        attribute, values = asked.pop("attribute"), asked.pop("values")
        scope = scope_within(**asked, allowed_websites=websites_of(request.user))
        if _names_segments(attribute) and is_limited(request.user):
            seen = seen_by(Segment.objects.filter(code__in=values), request.user)
            if seen.count() < len(set(values)):
                raise OutsideWebsites
        may_look_up = _may_look_up(user_of(request), attribute)
        found = value_counts(attribute, values, scope) if may_look_up else {}
        return Response([{"value": value, "count": count} for value, count in found.items()])


def _names_segments(attribute: Attribute) -> bool:
    return attribute.code in NAMING or attribute.code.startswith(PRIORITY_LIST)


def _hide_segments(attributes: Mapping[str, Any], user: User) -> None:
    """Take the segments that `user` may not see out of the options of `attributes`."""
    if not is_limited(user):
        return
    hidden = frozenset(Segment.objects.values_list("code", flat=True))
    hidden -= frozenset(seen_by(Segment.objects.all(), user).values_list("code", flat=True))
    for code, attribute in attributes.items():
        if attribute["choices"] and (code in NAMING or code.startswith(PRIORITY_LIST)):
            options = attribute["choices"]["options"]
            options[:] = [one for one in options if one["value"] not in hidden]


def _may_list(user: User, attribute: Attribute) -> bool:
    """Return whether `user` may see which values of `attribute` there are.

    Users who are limited to websites may not see values stored of customers of all websites.
    """
    is_of_customers = attribute.choices is None or not attribute.choices.closed
    return not (is_of_customers and is_limited(user)) and _may_look_up(user, attribute)


def _may_look_up(user: User, attribute: Attribute) -> bool:
    """Return whether `user` may see stored values of `attribute`; there is no other rule."""
    if attribute.relation and not user.has_perms(registry.relation(attribute.relation).permissions):
        return False
    if attribute.kind is Kind.OPEN:
        # Texts, such as the numbers of orders, are the customers' own even so.
        return attribute.choices is not None or user.has_perm("segments.view_members")
    return may_see(user, attribute.kind, names="segments.view_members")
