"""The view `benchmarks`: own figures of a period beside earlier ones, segments, and others."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conditions.language.windows import local_date
from core.api.parsing import ClockField
from core.clock import now
from core.problems import Invalid, Problem
from predictions.analytics.computation.views import ComputedView, ViewParameter
from predictions.analytics.documents import PLACES, Data
from predictions.analytics.period_ends import default_zone
from predictions.figures.benchmarks import foreign
from predictions.figures.period_totals import METRICS, figures
from predictions.figures.periods import Period, month_of, period_of
from predictions.history.values import rounded
from predictions.registry import scored_at
from segments.models import Segment

# With whose scorings it is kept; the other views of sales are stored with these.
MODEL = "rfm"
MOST_SEGMENTS = 10
VIEW_SEGMENTS = ("segments.view_segment",)

Shown = int | str | None


class PeriodField(serializers.CharField):
    """A period: `2026`, `2026-Q3`, `2026-10`."""

    default_error_messages = {
        "not_a_period": gettext_lazy("A period is needed: 2026, 2026-Q3 or 2026-10.")
    }

    def __init__(self) -> None:
        super().__init__(required=False, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return period_of(str(data))
        except ValueError:
            self.fail("not_a_period")


class SegmentsField(serializers.CharField):
    """Codes of segments with commas between them, each once."""

    default_error_messages = {"too_many": gettext_lazy("At most {most} segments are compared.")}

    def __init__(self) -> None:
        super().__init__(required=False, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        codes = list(dict.fromkeys(str(data).split(",")))
        if len(codes) > MOST_SEGMENTS:
            self.fail("too_many", most=MOST_SEGMENTS)
        return codes


def _answer(told: Mapping[str, Any], as_of: datetime | None) -> Data:
    moment = as_of or scored_at(MODEL) or now()
    today = local_date(moment, default_zone())
    period = told.get("period") or month_of(today).before or month_of(today)
    chosen = _segments(told.get("segments", []))
    own = _benchmark_figures(period, moment)
    earlier = {
        "last_period": _benchmark_figures(period.before, moment),
        "last_year": _benchmark_figures(period.a_year_before, moment),
    }
    of_segments = {one.code: _benchmark_figures(period, moment, one) for one in chosen}
    return {
        "as_of": moment,
        "period": str(period),
        "last_period": _name(period.before),
        "last_year": _name(period.a_year_before),
        "is_over": today > period.last,
        "segments": list(of_segments),
        "metrics": [
            {
                "metric": metric,
                "own": own[metric],
                **{name: values[metric] for name, values in earlier.items()},
                "segments": {code: values[metric] for code, values in of_segments.items()},
            }
            for metric in METRICS
        ],
    }


def _segments(codes: list[str]) -> list[Segment]:
    """Return segments in the order in which they are named; raises `Invalid` for unknown ones."""
    found = {one.code: one for one in Segment.objects.filter(code__in=codes)}
    text = _("There is no segment “%(code)s”.")
    problems = [
        Problem("segments", "unknown_segment", text % {"code": code})
        for code in codes
        if code not in found
    ]
    if problems:
        raise Invalid(problems)
    return [found[code] for code in codes]


def _benchmark_figures(
    period: Period | None, as_of: datetime, segment: Segment | None = None
) -> Mapping[str, Shown]:
    if period is None:
        return dict.fromkeys(METRICS)
    return {
        metric: f"{rounded(value, PLACES):.{PLACES}f}" if isinstance(value, Fraction) else value
        for metric, value in figures(period, as_of, segment).values().items()
    }


def _name(period: Period | None) -> str | None:
    return None if period is None else str(period)


def _with_foreign(data: Data) -> Data:
    """Return it with the imported figures of each metric, and of those that we have none of."""
    found = {
        metric: [
            {"value": f"{one.value:.{PLACES}f}", "period": one.period, "source": one.source}
            for one in rows
        ]
        for metric, rows in foreign().items()
    }
    nothing: Data = {"own": None, "last_period": None, "last_year": None, "segments": {}}
    others = [{"metric": metric} | nothing for metric in sorted(found) if metric not in METRICS]
    metrics = [one | {"foreign": found.get(one["metric"])} for one in (*data["metrics"], *others)]
    return data | {"metrics": metrics}


@extend_schema_field({"type": ["integer", "string", "null"]})
class FigureField(serializers.Field[Any, Any, Any, Any]):
    """A count is a number; money, a mean and a share are texts; what there is not is null."""


class ForeignSerializer(serializers.Serializer[Any]):
    """A figure of others: its value, its period, and who says so."""

    value = serializers.CharField()
    period = serializers.CharField()

    def get_fields(self) -> Any:
        # A word of serializers too.
        return super().get_fields() | {"source": serializers.CharField()}


class ComparedMetricSerializer(serializers.Serializer[Any]):
    """A metric: own figures, those of segments by code, and foreign ones."""

    metric = serializers.CharField()
    own = FigureField()
    last_period = FigureField()
    last_year = FigureField()
    segments = serializers.DictField(child=FigureField())
    foreign = ForeignSerializer(many=True, allow_null=True)


class BenchmarksSerializer(serializers.Serializer[Any]):
    """Figures of `period` beside the one before, that of the year before, segments and others."""

    view = serializers.ChoiceField(["benchmarks"])
    as_of = ClockField()
    period = serializers.CharField()
    last_period = serializers.CharField(allow_null=True)
    last_year = serializers.CharField(allow_null=True)
    is_over = serializers.BooleanField()
    segments = serializers.ListField(child=serializers.CharField())
    metrics = ComparedMetricSerializer(many=True)


BENCHMARKS = ComputedView(
    "benchmarks",
    (
        ViewParameter(
            "period",
            PeriodField(),
            "a year, a quarter or a month (`2026`, `2026-Q3`, `2026-10`); the last month that is"
            " over.",
        ),
        ViewParameter(
            "segments",
            SegmentsField(),
            f"codes with commas between them, at most {MOST_SEGMENTS}; none. Needs"
            f" `{VIEW_SEGMENTS[0]}`.",
            permissions=VIEW_SEGMENTS,
        ),
    ),
    _answer,
    BenchmarksSerializer,
    model=MODEL,
    kept_for=lambda data: {"period": period_of(data["period"])},
    finish=_with_foreign,
)
