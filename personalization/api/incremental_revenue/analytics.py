"""Incremental revenue: lifts over the holdout group, counts, and attribution."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import ClockField, ExactTextField
from core.api.refusals import Refused
from core.api.throttles import ApiRate
from core.clock import now
from core.problems import Invalid, Problem
from personalization.api.incremental_revenue.responses import WorthSerializer
from personalization.api.throttles import AnalyticsRate
from personalization.incremental_revenue.comparison.cells import SEGMENTATIONS
from personalization.incremental_revenue.figures.analytics import analytics
from personalization.incremental_revenue.figures.metrics import METRICS
from personalization.incremental_revenue.question import BASES
from personalization.incremental_revenue.question_parsing import question_of
from predictions.analytics.computation.defaults import answer_view
from predictions.analytics.period_ends import MomentField
from predictions.analytics.views.attribution import VIEW as ATTRIBUTION
from predictions.analytics.views.attribution import AttributionSerializer
from predictions.api.analytics.views import FARTHEST
from predictions.api.throttles import one_at_a_time
from predictions.attribution import MODELS
from predictions.refusals import Refused as NotDone

NEEDED = ("personalization.view_analytics",)
REFUSALS = (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)
# Metrics that are read as stored, without a computation.
NOTED = {"engagement"}


class MetricsField(serializers.CharField):
    """Names of metrics, with commas between them."""

    def to_internal_value(self, data: Any) -> Any:
        names = [one.strip() for one in super().to_internal_value(data).split(",")]
        for name in names:
            if name not in METRICS:
                text = _("There is no metric “%(name)s”; these are: %(known)s.")
                said = {"name": name[:60], "known": ", ".join(METRICS)}
                raise serializers.ValidationError(text % said, code="unknown_choice")
        return tuple(dict.fromkeys(names))


AS_OF = Parameter("as_of", ClockField(required=False), "Of what exists then; now, if left out.")
PARAMETERS = (
    Parameter(
        "from",
        MomentField(required=False),
        "From then on; 30 days before the end, or since the hold-out changed, if left out.",
    ),
    Parameter("to", MomentField(required=False), "Until just before; `as_of`, if left out."),
    Parameter(
        "metrics",
        MetricsField(required=False),
        f"With commas between them, all if left out: {', '.join(METRICS)}.",
    ),
    Parameter(
        "segmentation",
        serializers.ChoiceField(SEGMENTATIONS, required=False),
        f"What cells are told apart by: {', '.join(SEGMENTATIONS)}.",
    ),
    Parameter(
        "model",
        serializers.ChoiceField(list(MODELS), required=False),
        f"Of attributed_revenue: {', '.join(MODELS)}.",
    ),
    Parameter(
        "segment",
        ExactTextField(required=False),
        "Lifts and what follows from them: of who was a member when the period began.",
    ),
    Parameter(
        "campaign",
        ExactTextField(required=False),
        "The same of the audience of a campaign that held customers out.",
    ),
    Parameter(
        "basis",
        serializers.ChoiceField(BASES, required=False),
        "The same of all, or of who was shown something or would have been.",
    ),
    AS_OF,
)


class WorthAnalytics(Endpoint):
    """What personalization is worth."""

    throttle_classes = (ApiRate, AnalyticsRate)
    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(WorthSerializer),
            parameters=PARAMETERS,
            refusals=REFUSALS,
            summary="Read what personalization is worth",
        )
    }

    def get(self, request: Request) -> Response:
        given = dict(self.query)
        as_of = _near(given.pop("as_of", None))
        metrics = given.get("metrics", tuple(METRICS))
        question = question_of(given, as_of)
        model = given.get("model", next(iter(MODELS)))
        segmentation = given.get("segmentation", "")
        return _answer(
            lambda: analytics(question, metrics, model=model, segmentation=segmentation),
            is_quick=set(metrics) <= NOTED and not segmentation,
        )


class Attribution(Endpoint):
    """Who is credited with the revenue of a period: `clv/analytics/` under its other name."""

    throttle_classes = (ApiRate, AnalyticsRate)
    operations: ClassVar = {
        "GET": Operation(
            NEEDED,
            Answer(AttributionSerializer),
            parameters=[
                *(Parameter(one.name, one.field, one.meaning) for one in ATTRIBUTION.parameters),
                AS_OF,
            ],
            refusals=REFUSALS,
            summary="Attribute revenue to channels",
        )
    }

    def get(self, request: Request) -> Response:
        given = dict(self.query)
        as_of = _near(given.pop("as_of", None))
        return _answer(lambda: answer_view(ATTRIBUTION, given, as_of))


def _near(as_of: datetime | None) -> datetime | None:
    if as_of is not None and as_of - now() > FARTHEST:
        raise Invalid([Problem("as_of", "out_of_range", _("At most ten years from now."))])
    return as_of


def _answer(compute: Callable[[], Any], *, is_quick: bool = False) -> Response:
    try:
        with nullcontext() if is_quick else one_at_a_time():
            return Response(compute())
    except NotDone as error:
        raise Refused(HTTPStatus.CONFLICT, str(error), code=error.code, **error.details) from error
