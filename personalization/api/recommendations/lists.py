"""Recommendations: lists of products for a customer, or for an anonymous shopper."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import ClockField, ExactTextField, StrictSerializer, YesNoField
from core.api.permissions import user_of
from core.api.refusals import invalid
from core.api.throttles import ApiRate
from core.problems import Problem
from customers.merging import customer_known_as
from customers.models import Category, Website
from personalization.api.fields import CountsField, TextsField, WeightsField
from personalization.api.recommendations.deadline import recommended_in_time
from personalization.api.recommendations.responses import RecommendationsSerializer
from personalization.api.throttles import ServeRate
from personalization.experiences.content.interests import TASTES
from personalization.experiments.assignment.by_algorithm import algorithm_for
from personalization.intake.privacy_signals import is_signalled, refuse_as_signalled
from personalization.recommend.algorithms import NAMES
from personalization.recommend.replies.question import CONTEXTS, PERSONAL_TYPES, TYPES, Question
from personalization.recommend.replies.reply import recommend_products
from personalization.recommend.sources.using import using
from predictions.api.throttles import one_at_a_time

VIEW = "personalization.view_recommendations"
LONGEST = 255


class ExplainField(serializers.ChoiceField):
    """0 or 1 in a query string; in a body also true and false."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(int(data) if isinstance(data, bool) else data)


def _fields() -> dict[str, Any]:
    return {
        "customer_id": ExactTextField(required=False, allow_blank=True, max_length=LONGEST),
        "context": serializers.ChoiceField(CONTEXTS, required=False),
        "sku": ExactTextField(required=False, max_length=LONGEST),
        "cart": TextsField(required=False),
        "types": CountsField(TYPES, required=False),
        "category": ExactTextField(required=False, max_length=LONGEST),
        "algorithms": WeightsField(NAMES, required=False),
        "exclude": TextsField(required=False),
        "website": ExactTextField(required=False, max_length=LONGEST),
        "explain": ExplainField(["0", "1"], required=False),
        "as_of": ClockField(required=False),
    }


MEANINGS = {
    "customer_id": "Whom for; an unknown one is an anonymous shopper.",
    "sku": "The product that is looked at.",
    "cart": "SKUs in the cart.",
    "types": f"How many of each list, such as similar:4; of {', '.join(TYPES)}.",
    "category": "What is trending is of this category and those below it.",
    "algorithms": f"Of personal lists, such as cosine:1; of {', '.join(NAMES)}.",
    "exclude": "SKUs that are left out.",
    "website": "Whose rules count; default: the customer's.",
    "explain": "1: what the customer has viewed is among the reasons, too.",
    "as_of": "Of the history before this instant, computed now.",
}
PARAMETERS = tuple(
    Parameter(name, field, MEANINGS.get(name, "")) for name, field in _fields().items()
)


class RecommendationQuestionSerializer(StrictSerializer):
    """The same parameters in a body, where lists may be JSON lists."""

    def get_fields(self) -> dict[str, Any]:
        return {**_fields(), "gpc": YesNoField(required=False)}


class Recommendations(Endpoint):
    """What to show to a shopper."""

    throttle_classes = (ApiRate, ServeRate)
    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(RecommendationsSerializer),
            parameters=PARAMETERS,
            refusals=[HTTPStatus.SERVICE_UNAVAILABLE],
            summary="List recommended products",
        ),
        "POST": Operation(
            [VIEW],
            Answer(RecommendationsSerializer, HTTPStatus.OK),
            takes=RecommendationQuestionSerializer,
            example={"types": "trending:3,popular:3", "context": "homepage"},
            refusals=[HTTPStatus.SERVICE_UNAVAILABLE],
            summary="Recommend products with options",
            is_read=True,
        ),
    }

    def get(self, request: Request) -> Response:
        return _answer(self.query, request)

    def post(self, request: Request) -> Response:
        return _answer(self.body(), request)


def _answer(given: dict[str, Any], request: Request) -> Response:
    """Return the reply; 503 `busy` while this process computes another history."""
    question, is_untracked = _question(given), is_signalled(request.headers, given)
    if is_untracked:
        refuse_as_signalled(question.customer, author=user_of(request))
    question = _with_tested_algorithm(question, is_untracked=is_untracked)
    if not using(question.as_of).is_computed:
        return Response(recommended_in_time(question))
    with one_at_a_time():
        return Response(recommend_products(question, TASTES))


def _with_tested_algorithm(question: Question, *, is_untracked: bool) -> Question:
    """Return the question with the algorithm that an experiment assigns to the customer."""
    names = [name for name, _count in question.types]
    if (
        question.weights
        or question.as_of is not None
        or (names and not {*PERSONAL_TYPES} & {*names})
    ):
        return question
    found = algorithm_for(question.customer, clock.now(), is_untracked=is_untracked)
    return question if found is None else replace(question, weights=((found, 1.0),))


def _question(given: dict[str, Any]) -> Question:
    """Return the question of the request; refuses unknown categories and websites."""
    problems = [
        Problem(name, "unknown_choice", _("There is no “%(code)s”.") % {"code": given[name]})
        for name, model in (("category", Category), ("website", Website))
        if name in given and not model._default_manager.filter(code=given[name]).exists()
    ]
    if problems:
        raise invalid(*problems)
    number = given.get("customer_id")
    return Question(
        customer=customer_known_as(number) if number else None,
        context=given.get("context"),
        sku=given.get("sku"),
        cart=given.get("cart", ()),
        types=given.get("types", ()),
        category=given.get("category"),
        weights=given.get("algorithms", ()),
        exclude=given.get("exclude", ()),
        website=given.get("website"),
        is_explained=given.get("explain") == "1",
        as_of=given.get("as_of"),
    )
