"""What a cart costs, and whether questions about segments hold: asked at the till."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parsing import (
    ClockField,
    CodesField,
    ExactTextField,
    StrictSerializer,
    TextField,
    YesNoField,
)
from core.api.refusals import invalid
from core.problems import Problem
from customers.api.people import no_customer
from customers.models import Customer
from price_rules.api.answers import EvaluationShape, QuestionAnswersShape
from price_rules.evaluation import Evaluation, NotApplied, UnknownRules, evaluate
from segments.membership import shopper_of
from segments.rules.questions import OPERATORS

MOST_QUESTIONS = 50
EXAMPLE_CART = {
    "store": "default",
    "items": [{"line": 1, "sku": "TEA", "quantity": 2, "price": "60.00"}],
}


class QuestionSerializer(StrictSerializer):
    """A question about segments, as price rules and shops ask it."""

    operator = TextField()
    segments = serializers.ListField(child=TextField(max_length=255), max_length=100)


class AnyObjectField(serializers.DictField):
    """An object that is looked into elsewhere."""


class EvaluationSerializer(StrictSerializer):
    """A cart, and whose it is."""

    customer = ExactTextField(default=None, allow_null=True, max_length=255)
    cart = AnyObjectField()
    as_of = ClockField(default=None, allow_null=True)
    rules = CodesField(default=None, allow_null=True)
    explain = YesNoField(default=False)


class Evaluating(Endpoint):
    """What a cart costs by the price rules; nothing is written."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.evaluate"],
            Answer(EvaluationShape),
            takes=EvaluationSerializer,
            example={"cart": EXAMPLE_CART, "explain": True},
            refusals=[HTTPStatus.NOT_FOUND],
            summary="Evaluate a cart",
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        try:
            found = evaluate(
                asked["cart"],
                customer=asked["customer"],
                as_of=asked["as_of"],
                rules=asked["rules"],
            )
        except Customer.DoesNotExist as error:
            raise no_customer(asked["customer"]) from error
        except UnknownRules as error:
            text = _("There is no price rule “%(code)s”.")
            raise invalid(
                *(
                    Problem(f"rules[{index}]", "unknown_rule", text % {"code": code})
                    for index, code in enumerate(asked["rules"])
                    if code in error.codes
                )
            ) from error
        return Response(_as_json(found, explain=asked["explain"]))


class QuestionsSerializer(StrictSerializer):
    """Questions about segments, of a cart or a customer."""

    customer = ExactTextField(default=None, allow_null=True, max_length=255)
    cart = AnyObjectField(default=None, allow_null=True)
    questions = serializers.ListField(
        child=QuestionSerializer(), min_length=1, max_length=MOST_QUESTIONS
    )


class Satisfying(Endpoint):
    """Whether each of several questions about segments holds for a shopper."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.evaluate"],
            Answer(QuestionAnswersShape),
            takes=QuestionsSerializer,
            example={
                "cart": EXAMPLE_CART,
                "questions": [{"operator": "is_one_of", "segments": ["best-customers"]}],
            },
            refusals=[HTTPStatus.NOT_FOUND],
            summary="Answer questions about segments",
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(OPERATORS)}
        problems = [
            Problem(f"questions[{index}].operator", "unknown_choice", text)
            for index, question in enumerate(asked["questions"])
            if question["operator"] not in OPERATORS
        ]
        if problems:
            raise invalid(*problems)
        at = clock.now()
        try:
            shopper = shopper_of(asked["customer"], cart=asked["cart"], as_of=at)
        except Customer.DoesNotExist as error:
            raise no_customer(asked["customer"]) from error
        # All that will be asked for, loaded together.
        shopper.memberships({code for one in asked["questions"] for code in one["segments"]})
        answers = [
            shopper.satisfies(one["operator"], one["segments"]) for one in asked["questions"]
        ]
        return Response({"answers": answers, "as_of": at})


def _as_json(found: Evaluation, *, explain: bool) -> dict[str, Any]:
    amounts = ("subtotal", "discount", "shipping_discount", "grand_total")
    return {
        "as_of": found.as_of,
        "currency": found.currency,
        **{name: str(getattr(found, name)) for name in amounts},
        "free_shipping": found.free_shipping,
        "lines": [
            {
                "line": line.line,
                "sku": line.sku,
                "row_total": str(line.row_total),
                "discount": str(line.discount),
                "rules": [{"code": one.code, "amount": str(one.amount)} for one in line.rules],
            }
            for line in found.lines
        ],
        "applied": [vars(one) | {"amount": str(one.amount)} for one in found.applied],
        "not_applied": [_left(one, explain=explain) for one in found.not_applied],
        "coupon": vars(found.coupon),
    }


def _left(one: NotApplied, *, explain: bool) -> dict[str, str]:
    body = {"code": one.code, "reason": one.reason.value}
    if one.rule:
        body["rule"] = one.rule
    return body | {"detail": str(one.detail)} if explain else body
