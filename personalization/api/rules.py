"""Rules of the shop about recommendations: read, written, changed, deleted."""

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
from core.api.parsing import (
    AmountField,
    ClockField,
    CodesField,
    ExactTextField,
    StrictSerializer,
    TextField,
    TreeField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_match, etag_of
from core.api.refusals import invalid
from core.problems import Problem
from personalization.api.recommended_answers import RecommendationRuleShape
from personalization.editing.definition import LISTS, Definition, as_json, definition_of
from personalization.editing.saving import create_rule, delete_rule, lock_rule, save_rule
from personalization.models import PersonalizationRule

MOST = 2**31 - 1


class RecommendationRuleSerializer(StrictSerializer):
    """What is written of a rule; its version is read only."""

    code = TextField(required=False, max_length=64)
    name = TextField(max_length=255)
    is_active = YesNoField(default=True)
    website = ExactTextField(default="", allow_blank=True, max_length=64)
    contexts = CodesField(default=list)
    starts_at = ClockField(default=None, allow_null=True)
    ends_at = ClockField(default=None, allow_null=True)
    audience = TreeField(default=None, allow_null=True)
    priority = WholeNumberField(default=0, min_value=-MOST, max_value=MOST)
    exclude = serializers.ListField(child=ExactTextField(max_length=255), default=list)
    bought_recently_days = WholeNumberField(default=None, allow_null=True)
    brands = serializers.ListField(child=ExactTextField(max_length=255), default=list)
    categories = CodesField(default=list)
    min_margin = AmountField(default=None, allow_null=True)
    max_per_category = WholeNumberField(default=None, allow_null=True)
    prefer_high_margin = YesNoField(default=None, allow_null=True)
    respect_brand_preferences = YesNoField(default=None, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if key != "version"}
        return super().to_internal_value(data)


class NewRecommendationRuleSerializer(RecommendationRuleSerializer):
    """What is written of a new rule."""

    code = TextField(max_length=64)


EXAMPLE = {
    "name": "Nothing that was bought in the last month",
    "contexts": ["homepage", "email"],
    "bought_recently_days": 30,
}


class RecommendationRules(Endpoint):
    """All rules; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            ["personalization.view_personalizationrule"],
            Answer(RecommendationRuleShape, pages=True),
            parameters=PAGED,
            summary="List recommendation rules",
        ),
        "POST": Operation(
            ["personalization.add_personalizationrule"],
            Answer(RecommendationRuleShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewRecommendationRuleSerializer,
            example={"code": "not-again", **EXAMPLE},
            summary="Create a recommendation rule",
        ),
    }

    def get(self, request: Request) -> Response:
        return page_of(PersonalizationRule.objects.all(), "pk", rule_as_json, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        rule = create_rule(values.pop("code"), _definition(values), author=user_of(request))
        response = _response(rule, HTTPStatus.CREATED)
        response["Location"] = reverse("api:recommendation-rule", args=[rule.code])
        return response


class OneRecommendationRule(Endpoint):
    """One rule; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(
            ["personalization.view_personalizationrule"],
            Answer(RecommendationRuleShape, headers=ETAG),
            summary="Read a recommendation rule",
        ),
        "PUT": Operation(
            ["personalization.change_personalizationrule"],
            Answer(RecommendationRuleShape, headers=ETAG),
            takes=RecommendationRuleSerializer,
            example=EXAMPLE,
            if_match=True,
            summary="Replace a recommendation rule",
        ),
        "PATCH": Operation(
            ["personalization.change_personalizationrule"],
            Answer(RecommendationRuleShape, headers=ETAG),
            takes=RecommendationRuleSerializer,
            example={"bought_recently_days": 14},
            if_match=True,
            summary="Change a recommendation rule",
        ),
        "DELETE": Operation(
            ["personalization.delete_personalizationrule"],
            Answer(None, HTTPStatus.NO_CONTENT),
            if_match=True,
            summary="Delete a recommendation rule",
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        return _response(_rule_at(code), HTTPStatus.OK)

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        with transaction.atomic():
            delete_rule(_rule_to_change(request, code), author=user_of(request))
        return Response(status=HTTPStatus.NO_CONTENT)

    def _write(self, request: Request, code: str, *, partial: bool) -> Response:
        with transaction.atomic():
            rule = _rule_to_change(request, code)
            values = self.body(partial=partial)
            if values.pop("code", code) != code:
                message = _("The code of a rule never changes.")
                raise invalid(Problem("code", "read_only", message))
            definition = _definition(vars(definition_of(rule)) | values)
            saved = save_rule(rule, definition, author=user_of(request))
        return _response(saved, HTTPStatus.OK)


def rule_as_json(rule: PersonalizationRule) -> dict[str, Any]:
    """Return a rule as the API shows it."""
    return {"code": rule.code, **as_json(definition_of(rule)), "version": rule.version}


def _rule_at(code: str) -> PersonalizationRule:
    rule: PersonalizationRule | None = PersonalizationRule.objects.filter(code=code).first()
    if rule is None:
        raise NotFound(_("There is no recommendation rule “%(code)s”.") % {"code": code})
    return rule


def _rule_to_change(request: Request, code: str) -> PersonalizationRule:
    """Return the rule, locked, if the request is about its newest version."""
    rule = lock_rule(_rule_at(code).pk)
    text = _("Somebody else has changed the rule meanwhile; version %(version)d is stored.")
    check_if_match(request, etag_of(rule), text % {"version": rule.version})
    return rule


def _definition(values: dict[str, Any]) -> Definition:
    return Definition(**(values | {name: tuple(values[name]) for name in LISTS}))


def _response(rule: PersonalizationRule, status: HTTPStatus) -> Response:
    return Response(rule_as_json(rule), status=status, headers={"ETag": etag_of(rule)})
