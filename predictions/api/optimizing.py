"""What to do with scores: whom a strategy is about, whom to contact, what that may bring."""

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import ExactTextField, StrictSerializer, WholeNumberField
from core.api.permissions import user_of
from core.audit import record_look
from core.problems import Invalid
from customers.models import AuditSubject, Customer
from predictions.api.one_at_a_time import one_at_a_time
from predictions.api.optimizing_answers import PlanShape
from predictions.api.refusals import refusals
from predictions.refusals import Refused
from predictions.strategies.assumptions import ASSUMPTIONS, UPLIFT
from predictions.strategies.catalogue import STRATEGIES
from predictions.strategies.numbers import MONEY, BadNumber, Range
from predictions.strategies.plan import Plan, plan
from predictions.strategies.question import CLV, ORDER, Campaign, Question
from predictions.strategies.saving import check_save_as, save_as_segment

MOST_SHOWN = 10_000
ADD_SEGMENT, SEE_MEMBERS = "segments.add_segment", "segments.view_members"
VALUED_BY = (CLV, ORDER)
DISCOUNT = "discount_exceeds_margin"


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}]})
class NumberField(serializers.Field[Any, Any, Any, Any]):
    """A number of JSON or a text that is one, within its range; exact."""

    def __init__(self, range_: Range, **more: Any) -> None:
        self.range = range_
        super().__init__(**more)

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return self.range.read(data)
        except BadNumber as error:
            raise serializers.ValidationError(str(error), code=error.code) from error

    def to_representation(self, value: Any) -> Any:
        return value


class ValuedByField(ExactTextField):
    """What a customer is valued by; a text in the schema, which knows other choices as `value`."""

    default_error_messages = serializers.ChoiceField.default_error_messages

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if text not in VALUED_BY:
            self.fail("invalid_choice", input=text)
        return text


class AssumptionsSerializer(StrictSerializer):
    """What is taken for true; null: as if it were not there."""

    def get_fields(self) -> Any:
        return {
            name: NumberField(one.range, required=False, allow_null=True)
            for name, one in ASSUMPTIONS.items()
        }


class CampaignSerializer(StrictSerializer):
    """A campaign that shares a budget with others."""

    code = ExactTextField(max_length=64)
    segment = ExactTextField(max_length=64)
    cost_per_contact = NumberField(MONEY)
    uplift = NumberField(ASSUMPTIONS[UPLIFT].range, default=None, allow_null=True)
    value = ValuedByField(max_length=64, help_text=f"One of {', '.join(VALUED_BY)}.")


class OptimizeSerializer(StrictSerializer):
    """A strategy, and what it is told."""

    strategy = serializers.ChoiceField(list(STRATEGIES))
    budget = NumberField(MONEY, default=None, allow_null=True)
    cost_per_contact = NumberField(MONEY, default=Decimal(0))
    assumptions = AssumptionsSerializer(default=dict)
    segment = ExactTextField(default=None, allow_null=True, max_length=64)
    campaigns = CampaignSerializer(many=True, default=list)
    save_as = ExactTextField(default=None, allow_null=True, max_length=64)
    limit = WholeNumberField(default=100, min_value=0, max_value=MOST_SHOWN)


class Optimizing(Endpoint):
    """Reckons a plan; nothing is stored but the segment that is asked for."""

    operations: ClassVar = {
        "POST": Operation(
            ["predictions.optimize"],
            Answer(PlanShape),
            takes=OptimizeSerializer,
            example={
                "strategy": "retention",
                "budget": "500",
                "cost_per_contact": "0.50",
                "assumptions": {"uplift": "0.05", "margin": "0.4"},
            },
            refusals=[HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Compute a plan",
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        code, limit = asked.pop("save_as"), asked.pop("limit")
        if code is not None and not request.user.has_perm(ADD_SEGMENT):
            raise PermissionDenied
        shows_people = request.user.has_perm(SEE_MEMBERS)
        with one_at_a_time(), refusals():
            if code is not None:
                check_save_as(code)
            found = _plan(asked, limit if shows_people else 0)
        body = dict(found.data)
        if shows_people:
            body["customers"] = _people(request, found)
        body["segment"] = None
        if code is not None:
            name = f"{STRATEGIES[found.data['strategy']].label} ({code})"
            with refusals():
                segment = save_as_segment(found.tree, code=code, name=name, author=user_of(request))
            body["segment"] = segment.code
        return Response(body)


def _plan(asked: Mapping[str, Any], shown: int) -> Plan:
    """Return the plan; a price reduction that is too large is refused under its own code."""
    given = {name: one for name, one in asked["assumptions"].items() if one is not None}
    campaigns = [Campaign(**one) for one in asked["campaigns"]]
    question = Question(**{**asked, "assumptions": given, "campaigns": campaigns})
    try:
        return plan(question, shown=shown)
    except Invalid as error:
        for problem in error.problems:
            if problem.code == DISCOUNT:
                raise Refused(DISCOUNT, problem.message) from error
        raise


def _people(request: Request, found: Plan) -> list[dict[str, Any]]:
    """Return the first contacts by the shop's numbers, and note who saw them."""
    keys = [one.key for one in found.contacts]
    numbers = dict(Customer.objects.filter(pk__in=keys).values_list("pk", "external_id"))
    people = [
        {"id": numbers[one.key], "expected_value": one.expected_value}
        | ({"campaign": one.campaign} if one.campaign else {})
        for one in found.contacts
        # Somebody may have been erased meanwhile.
        if one.key in numbers
    ]
    if people:
        record_look(
            *(user_of(request), AuditSubject.CUSTOMER, "", "clv/optimize"),
            customers=[one["id"] for one in people],
        )
    return people
