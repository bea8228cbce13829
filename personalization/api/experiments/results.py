"""Results of experiments, of one or several, also as CSV; and the sample size that one needs."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core import clock
from core.api.endpoint import Answer, Endpoint, Operation
from core.api.parameters import Parameter
from core.api.parsing import ClockField, PlainNumberField, StrictSerializer
from core.api.parsing import WholeNumberField as Whole
from core.api.refusals import invalid
from core.api.routes.any_content_type import Anything
from core.problems import Problem
from personalization.api.experiments.editing import API
from personalization.api.experiments.responses import (
    ExperimentResultsSerializer,
    PowerSerializer,
    SeveralResultsSerializer,
)
from personalization.api.fields import TextsField
from personalization.experiments.assignment.variants import FEWEST, most_variants
from personalization.experiments.results.csv_lines import csv_of
from personalization.experiments.results.figures import results_of
from personalization.models import Experiment
from predictions.api.throttles import one_at_a_time
from predictions.statistics.sample_sizes import sample_size, sample_size_of_means
from segments.models import Segment

VIEW = "personalization.view_experiment"
MOST_CODES, MOST_SEGMENTS = 10, 20
MOST_PLANNED = 2**31 - 1

AS_OF = Parameter("as_of", ClockField(required=False), "What was done later does not count.")
SEGMENTS = Parameter(
    "segments",
    TextsField(required=False),
    "Codes: who was a member when they were assigned, set apart.",
)
LEVEL = Parameter(
    "confidence_level",
    serializers.FloatField(required=False, min_value=0.5, max_value=0.9999),
    "Of the intervals, default 1 - alpha; the verdict does not depend on it.",
)
BUSY = [HTTPStatus.SERVICE_UNAVAILABLE]


class ExperimentResults(Endpoint):
    """What came of an experiment."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(ExperimentResultsSerializer),
            parameters=[AS_OF, SEGMENTS, LEVEL],
            refusals=BUSY,
            summary="Read results of an experiment",
        )
    }

    def get(self, request: Request, code: str) -> Response:
        return Response(_figures([API.row_at(code)], self.query)[0])


class ExperimentResultsCsv(Endpoint):
    """The same as CSV: a line for each variant, metric and segment."""

    content_negotiation_class = Anything
    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(None, media=["text/csv"]),
            parameters=[AS_OF, SEGMENTS, LEVEL],
            refusals=BUSY,
            summary="Export results of an experiment as CSV",
        )
    }

    def get(self, request: Request, code: str) -> HttpResponse:
        (figures,) = _figures([API.row_at(code)], self.query)
        name = f'attachment; filename="{code}.csv"'
        return HttpResponse(
            csv_of(figures),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": name},
        )


class ResultsOfSeveral(Endpoint):
    """What came of several experiments."""

    operations: ClassVar = {
        "GET": Operation(
            [VIEW],
            Answer(SeveralResultsSerializer),
            parameters=[
                Parameter("codes", TextsField(), "Of experiments, 10 at most."),
                AS_OF,
                SEGMENTS,
                LEVEL,
            ],
            refusals=BUSY,
            summary="List results of experiments",
        )
    }

    def get(self, request: Request) -> Response:
        codes = self.query["codes"]
        if not 1 <= len(codes) <= MOST_CODES:
            text = _("From %(least)d to %(most)d.") % {"least": 1, "most": MOST_CODES}
            raise invalid(Problem("codes", "out_of_range", text))
        rows = Experiment.objects.select_related("placement").in_bulk(
            list(codes), field_name="code"
        )
        problems = [
            Problem(
                "codes",
                "unknown_experiment",
                _("There is no experiment “%(code)s”.") % {"code": code},
            )
            for code in codes
            if code not in rows
        ]
        if problems:
            raise invalid(*problems)
        return Response({"results": _figures([rows[code] for code in codes], self.query)})


class PowerRequestSerializer(StrictSerializer):
    """The effect to be detected: two rates, or a `difference` of means.

    `sd` is the standard deviation of one customer's figure.
    """

    p1 = PlainNumberField(required=False)
    p2 = PlainNumberField(required=False)
    sd = PlainNumberField(required=False)
    difference = PlainNumberField(required=False)
    alpha = PlainNumberField(default=0.05)
    power = PlainNumberField(default=0.8)
    variants = Whole(default=2, min_value=2, max_value=10)


class Power(Endpoint):
    """How many customers each variant of an experiment needs."""

    operations: ClassVar = {
        "POST": Operation(
            [VIEW],
            Answer(PowerSerializer),
            takes=PowerRequestSerializer,
            example={"p1": 0.05, "p2": 0.06},
            summary="Compute the size of an experiment",
            is_read=True,
        )
    }

    def post(self, request: Request) -> Response:
        given = self.body()
        most = most_variants()
        if given["variants"] > most:
            text = _("From %(least)d to %(most)d.") % {"least": FEWEST, "most": most}
            raise invalid(Problem("variants", "out_of_range", text))
        size = _size(given)
        return Response(
            {
                "sample_size": size,
                "total": size * given["variants"],
                "alpha": given["alpha"],
                "power": given["power"],
            }
        )


def _size(given: dict[str, Any]) -> int:
    rates, means = ("p1", "p2"), ("sd", "difference")
    asked = [names for names in (rates, means) if any(name in given for name in names)]
    if len(asked) != 1:
        text = _("Either p1 and p2 are needed, or sd and difference.")
        raise invalid(Problem("", "invalid", text))
    for name in asked[0]:
        if name not in given:
            raise invalid(Problem(name, "required", _("This is needed here.")))
    for name in ("alpha", "power"):
        if not 0 < given[name] < 1:
            text = _("Between 0 and 1, neither included.")
            raise invalid(Problem(name, "out_of_range", text))
    first, second = (given[name] for name in asked[0])
    compute = sample_size if asked[0] is rates else sample_size_of_means
    try:
        size = compute(first, second, given["alpha"], given["power"])
    except ValueError as error:
        text = _("Rates lie from 0 to 1 and differ; a deviation is not below 0.")
        raise invalid(Problem(asked[0][1], "out_of_range", text)) from error
    if size > MOST_PLANNED:
        text = _("They are so near that no number of customers tells them apart.")
        raise invalid(Problem(asked[0][1], "out_of_range", text))
    return size


def _figures(rows: Sequence[Experiment], query: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results of `rows`; 503 `busy` while other results are being computed."""
    as_of: datetime = query.get("as_of") or clock.now()
    segments = query.get("segments", ())
    _check_segments(segments)
    with one_at_a_time():
        return [
            results_of(
                row, as_of, segments=segments, confidence_level=query.get("confidence_level")
            ).figures
            for row in rows
        ]


def _check_segments(codes: Sequence[str]) -> None:
    if len(codes) > MOST_SEGMENTS:
        text = _("From %(least)d to %(most)d.") % {"least": 0, "most": MOST_SEGMENTS}
        raise invalid(Problem("segments", "out_of_range", text))
    known = set(Segment.objects.filter(code__in=codes).values_list("code", flat=True))
    problems = [
        Problem(
            "segments", "unknown_segment", _("There is no segment “%(code)s”.") % {"code": code}
        )
        for code in codes
        if code not in known
    ]
    if problems:
        raise invalid(*problems)
