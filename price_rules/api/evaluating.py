"""The calls of a till: evaluate a cart, and answer questions about segments."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.access.website_limits import Treatment, is_limited
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
from customers.api.people import check_shopper, no_customer
from customers.models import Customer
from price_rules.api.responses import EvaluationSerializer, QuestionAnswersSerializer
from price_rules.evaluation import UnknownRules, evaluate
from price_rules.resource import PRICE_RULES
from price_rules.till.cart import till_cart
from segments.membership import shopper_of
from segments.rules.in_conditions.questions import OPERATORS
from segments.rules.website_limits.websites import hidden_segments

MOST_QUESTIONS = 50
EXAMPLE_CART = {
    "store": "default",
    "items": [{"line": 1, "sku": "TEA", "quantity": 2, "price": "60.00"}],
}


class QuestionSerializer(StrictSerializer):
    """A question about segments: an operator and codes of segments."""

    operator = TextField()
    segments = serializers.ListField(child=TextField(max_length=255), max_length=100)


class AnyObjectField(serializers.DictField):
    """An object whose contents are validated later."""


class EvaluationRequestSerializer(StrictSerializer):
    """A cart, its customer, and options of the evaluation."""

    customer = ExactTextField(default=None, allow_null=True, max_length=255)
    cart = AnyObjectField()
    as_of = ClockField(default=None, allow_null=True)
    rules = CodesField(default=None, allow_null=True)
    explain = YesNoField(default=False)


class Evaluating(Endpoint):
    """Evaluates a cart by the price rules; writes nothing."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.evaluate"],
            Answer(EvaluationSerializer),
            takes=EvaluationRequestSerializer,
            example={"cart": EXAMPLE_CART, "explain": True},
            refusals=[HTTPStatus.NOT_FOUND],
            summary="Evaluate a cart",
            websites=Treatment.LIMITED,
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        asked = self.body()
        try:
            self._check_shopper(request, asked)
            found = evaluate(
                asked["cart"],
                customer=asked["customer"],
                as_of=asked["as_of"],
                rules=self._rules_seen(request, asked["rules"]),
                reader=request.user,
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
        return Response(EvaluationSerializer(found, context={"explain": asked["explain"]}).data)

    def _rules_seen(self, request: Request, codes: Sequence[str] | None) -> Sequence[str] | None:
        """Return the codes of the rules to evaluate; None: all.

        Users limited to websites only evaluate the rules that they may see. Raises UnknownRules for
        other codes.
        """
        if not is_limited(request.user):
            return codes
        rows = PRICE_RULES.coverage.rows_seen(PRICE_RULES.rows(), request.user)
        seen = list(rows.values_list("code", flat=True))
        if codes is None:
            return seen
        if unknown := [code for code in codes if code not in seen]:
            raise UnknownRules(unknown)
        return codes

    def _check_shopper(self, request: Request, asked: dict[str, Any]) -> None:
        """Raise NotFound if a limited user may not see the website of the customer or the cart."""
        if not is_limited(request.user):
            return
        at = asked["as_of"] or clock.now()
        given = till_cart(asked["cart"], as_of=at).given
        shopper = shopper_of(asked["customer"], cart=given, as_of=at)
        check_shopper(shopper.website_ids, asked["customer"], request.user)


class QuestionsSerializer(StrictSerializer):
    """Questions about segments for a customer, a cart or both."""

    customer = ExactTextField(default=None, allow_null=True, max_length=255)
    cart = AnyObjectField(default=None, allow_null=True)
    questions = serializers.ListField(
        child=QuestionSerializer(), min_length=1, max_length=MOST_QUESTIONS
    )


class Satisfying(Endpoint):
    """Answers whether each of several questions about segments holds for a shopper."""

    operations: ClassVar = {
        "POST": Operation(
            ["price_rules.evaluate"],
            Answer(QuestionAnswersSerializer),
            takes=QuestionsSerializer,
            example={
                "cart": EXAMPLE_CART,
                "questions": [{"operator": "is_one_of", "segments": ["best-customers"]}],
            },
            refusals=[HTTPStatus.NOT_FOUND],
            summary="Answer questions about segments",
            websites=Treatment.LIMITED,
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
        check_shopper(shopper.website_ids, asked["customer"], request.user)
        named = {code for one in asked["questions"] for code in one["segments"]}
        if hidden := hidden_segments(named, request.user):
            text = _("There is no segment “%(code)s”.")
            raise NotFound(text % {"code": min(hidden)})
        # Load the memberships in all these segments together.
        shopper.memberships(named)
        answers = [
            shopper.satisfies(one["operator"], one["segments"]) for one in asked["questions"]
        ]
        return Response({"answers": answers, "as_of": at})
