"""Cart price rules: read, written, changed, deleted, and what they said before."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.pages import PAGED, page_of
from core.api.parameters import Parameter
from core.api.parsing import (
    AmountField,
    CodesField,
    StrictSerializer,
    TextField,
    TreeField,
    WholeNumberField,
    YesNoField,
)
from core.api.permissions import user_of
from core.api.preconditions import ETAG, check_if_match, etag_of
from core.api.refusals import Refused, invalid
from core.api.refusals import as_json as findings
from core.problems import Problem
from core.text.folding import fold
from price_rules.api.answers import RuleShape, RuleVersionShape, SavedRuleShape
from price_rules.api.fields import DayField, LabelField, PiecesField, QuestionSerializer
from price_rules.definition import LISTS, Definition, as_json, definition_of
from price_rules.editing.checking import MOST
from price_rules.editing.deletion import RuleInUse, delete_rules
from price_rules.editing.saving import Saved, create_rule, lock_rule, restore_version, save_rule
from price_rules.models import CartPriceRule, CartPriceRuleVersion, CouponKind

FILTERS = (
    *PAGED,
    Parameter(
        "search",
        serializers.CharField(required=False, allow_blank=True, trim_whitespace=False),
        "A part of the name or the code.",
    ),
    Parameter("is_active", serializers.ChoiceField(["true", "false"], required=False)),
)
# Fields that cannot be written; whoever sends one back as it was is not refused.
READ_ONLY = ("version", "warnings")


class RuleSerializer(StrictSerializer):
    """What is written of a rule."""

    passed_over = READ_ONLY

    code = TextField(required=False, max_length=64)
    name = TextField(max_length=255)
    label = LabelField(default=dict)  # type: ignore[assignment]
    description = TextField(default="", allow_blank=True, trim_whitespace=False)
    is_active = YesNoField(default=True)
    websites = CodesField(default=list)
    customer_groups = CodesField(default=list)
    starts_on = DayField(default=None, allow_null=True)
    ends_on = DayField(default=None, allow_null=True)
    priority = WholeNumberField(default=0, min_value=-MOST, max_value=MOST)
    stop_further_rules = YesNoField(default=False)
    segments = QuestionSerializer(default=None, allow_null=True)
    conditions = TreeField(default=None, allow_null=True)
    items = TreeField(default=None, allow_null=True)
    coupon = TextField(default=CouponKind.NONE)
    coupon_code = TextField(default="", allow_blank=True, max_length=64)
    uses_total = WholeNumberField(default=0, min_value=0, max_value=MOST)
    uses_per_customer = WholeNumberField(default=0, min_value=0, max_value=MOST)
    action = TextField()
    value = AmountField(default=None, allow_null=True)
    max_quantity = PiecesField(default=0)
    buy = WholeNumberField(default=None, allow_null=True, min_value=0, max_value=MOST)
    get = WholeNumberField(default=None, allow_null=True, min_value=0, max_value=MOST)
    min_subtotal = AmountField(default=None, allow_null=True)
    max_discount = AmountField(default=None, allow_null=True)
    free_shipping = YesNoField(default=False)


class NewRuleSerializer(RuleSerializer):
    """What is written of a new rule."""

    code = TextField(max_length=64)


EXAMPLE = {
    "name": "Ten per cent off from 50",
    "label": {"en": "Ten per cent off"},
    "action": "percent",
    "value": "10",
    "min_subtotal": "50",
}


class Rules(Endpoint):
    """All rules; a new one."""

    operations: ClassVar = {
        "GET": Operation(
            ["price_rules.view_cartpricerule"],
            Answer(RuleShape, pages=True),
            parameters=FILTERS,
        ),
        "POST": Operation(
            ["price_rules.add_cartpricerule"],
            Answer(SavedRuleShape, HTTPStatus.CREATED, headers=ETAG),
            takes=NewRuleSerializer,
            example={"code": "ten-off", **EXAMPLE},
        ),
    }

    def get(self, request: Request) -> Response:
        rows = CartPriceRule.objects.all()
        if text := self.query.get("search"):
            rows = rows.filter(Q(name_folded__contains=fold(text)) | Q(code__contains=fold(text)))
        if "is_active" in self.query:
            rows = rows.filter(is_active=self.query["is_active"] == "true")
        return page_of(rows, "pk", rule_as_json, self)

    def post(self, request: Request) -> Response:
        values = self.body()
        saved = create_rule(values.pop("code"), _definition(values), author=user_of(request))
        response = _saved_response(saved, HTTPStatus.CREATED)
        response["Location"] = reverse("api:price-rule", args=[saved.rule.code])
        return response


class OneRule(Endpoint):
    """One rule; what is written needs the version it is about (If-Match)."""

    operations: ClassVar = {
        "GET": Operation(["price_rules.view_cartpricerule"], Answer(RuleShape, headers=ETAG)),
        "PUT": Operation(
            ["price_rules.change_cartpricerule"],
            Answer(SavedRuleShape, headers=ETAG),
            takes=RuleSerializer,
            example=EXAMPLE,
            if_match=True,
        ),
        "PATCH": Operation(
            ["price_rules.change_cartpricerule"],
            Answer(SavedRuleShape, headers=ETAG),
            takes=RuleSerializer,
            example={"value": "15"},
            if_match=True,
        ),
        "DELETE": Operation(
            ["price_rules.delete_cartpricerule"],
            Answer(None, HTTPStatus.NO_CONTENT),
            refusals=[HTTPStatus.CONFLICT],
            if_match=True,
        ),
    }

    def get(self, request: Request, code: str) -> Response:
        rule = rule_at(code)
        return Response(rule_as_json(rule), headers={"ETag": etag_of(rule)})

    def put(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=False)

    def patch(self, request: Request, code: str) -> Response:
        return self._write(request, code, partial=True)

    def delete(self, request: Request, code: str) -> Response:
        with transaction.atomic():
            rule = _rule_to_change(request, code)
            try:
                delete_rules([rule], author=user_of(request))
            except RuleInUse as error:
                raise Refused(HTTPStatus.CONFLICT, str(error), used_by=error.users) from error
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
        return _saved_response(saved, HTTPStatus.OK)


class RuleVersions(Endpoint):
    """All versions of a rule, the oldest first."""

    operations: ClassVar = {
        "GET": Operation(
            ["price_rules.view_cartpricerule"],
            Answer(RuleVersionShape, pages=True),
            parameters=PAGED,
        )
    }

    def get(self, request: Request, code: str) -> Response:
        rows = CartPriceRuleVersion.objects.filter(rule=rule_at(code)).select_related("author")
        return page_of(rows, "number", _version_as_json, self)


class RestoringRule(Endpoint):
    """Makes an old version of a rule the newest one."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.change_cartpricerule"],
            Answer(SavedRuleShape, headers=ETAG),
            if_match=True,
        )
    }

    def post(self, request: Request, code: str, number: int) -> Response:
        self.body()
        with transaction.atomic():
            rule = _rule_to_change(request, code)
            if not rule.versions.filter(number=number).exists():
                raise NotFound(_("There is no version %(number)d.") % {"number": number})
            saved = restore_version(rule, number, author=user_of(request))
        return _saved_response(saved, HTTPStatus.OK)


def rule_at(code: str) -> CartPriceRule:
    """Return the rule `code`; raises NotFound."""
    rule: CartPriceRule | None = CartPriceRule.objects.filter(code=code).first()
    if rule is None:
        raise NotFound(_("There is no price rule “%(code)s”.") % {"code": code})
    return rule


def rule_as_json(rule: CartPriceRule) -> dict[str, Any]:
    """Return a rule as the API shows it."""
    return {"code": rule.code, **as_json(definition_of(rule)), "version": rule.version}


def _rule_to_change(request: Request, code: str) -> CartPriceRule:
    """Return the rule, locked, if the request is about its newest version."""
    rule = lock_rule(rule_at(code).pk)
    text = _("Somebody else has changed the rule meanwhile; version %(version)d is stored.")
    check_if_match(request, etag_of(rule), text % {"version": rule.version})
    return rule


def _definition(values: dict[str, Any]) -> Definition:
    return Definition(**(values | {name: tuple(values[name]) for name in LISTS}))


def _saved_response(saved: Saved, status: HTTPStatus) -> Response:
    body = rule_as_json(saved.rule) | {"warnings": findings(saved.warnings)}
    return Response(body, status=status, headers={"ETag": etag_of(saved.rule)})


def _version_as_json(version: CartPriceRuleVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        **version.definition,
        "author": version.author.get_username() if version.author else None,
        "created_at": version.created_at,
    }
