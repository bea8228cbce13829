"""The view `journey`: customers by stage at two instants, and the moves between the stages."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework import serializers

from core.api.parsing import ClockField
from core.clock import now
from core.problems import Invalid, Problem
from core.text.formats import format_instant
from predictions.analytics.computation.views import ComputedView, ViewParameter
from predictions.analytics.documents import Data
from predictions.analytics.period_ends import MomentField
from predictions.figures.stage_moves import BEFORE, STAGES, Moves, moves
from predictions.registry import scored_at

MODEL = "journey"
# The length of a period without the parameter `from`.
USUAL = timedelta(days=30)
ONE_OF = "One of %s."

ORDER = gettext_noop("The beginning may not be later than the end, %(to)s.")
IN_FUTURE = gettext_noop("The end may not be in the future: nobody knows who buys until then.")
NOT_YET = gettext_noop("The end may not be later than “as_of”, %(as_of)s.")


def _answer(told: Mapping[str, Any], as_of: datetime | None) -> Data:
    usual = as_of or scored_at(MODEL) or now()
    end = told.get("to") or usual
    start = told.get("from") or end - USUAL
    problems = []
    if start > end:
        problems.append(Problem("from", "out_of_range", _(ORDER) % {"to": _moment_text(end)}))
    if as_of is not None and end > as_of and "to" in told:
        problems.append(Problem("to", "out_of_range", _(NOT_YET) % {"as_of": _moment_text(as_of)}))
    elif as_of is None and end > max(usual, now()):
        problems.append(Problem("to", "out_of_range", _(IN_FUTURE)))
    if problems:
        raise Invalid(problems)
    ends = {"as_of": as_of or end, "from": instant_as_json(start), "to": instant_as_json(end)}
    return ends | moves_as_json(moves(start, end))


def moves_as_json(moves: Moves) -> Data:
    """Return moves as JSON: the numbers of customers per stage at both instants, and per move."""
    cells = list(moves.cells())
    earlier, later = Counter[str](), Counter[str]()
    for before, after, count in cells:
        earlier[before] += count
        later[after] += count
    return {
        "window_days": dict(zip(("from", "to"), moves.windows, strict=True)),
        "customers": sum(later.values()),
        "stages": [
            {"stage": stage, "from": earlier[stage], "to": later[stage]} for stage in BEFORE
        ],
        "moves": [
            {"from": before, "to": after, "customers": count} for before, after, count in cells
        ],
    }


def instant_as_json(at: datetime) -> str:
    """Return an aware instant in the format of the API, in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _moment_text(at: datetime) -> str:
    """Return an instant for people, in the current time zone and with its name."""
    return format_instant(localtime(at))


class FromTo(serializers.Serializer[Any]):
    """The values at both instants; `from` is a Python keyword, so that `get_fields` adds it."""

    of_both: type[serializers.Field[Any, Any, Any, Any]] = serializers.IntegerField

    to = of_both()

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": self.of_both()}


class StageSerializer(FromTo):
    """The numbers of customers in a stage at both instants."""

    stage = serializers.CharField(help_text=ONE_OF % ", ".join(BEFORE))


class MoveSerializer(serializers.Serializer[Any]):
    """The number of customers who moved from one stage to another."""

    to = serializers.CharField(help_text=ONE_OF % ", ".join(STAGES))
    customers = serializers.IntegerField()

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": serializers.CharField()}


class JourneySerializer(serializers.Serializer[Any]):
    """The population at `to` by stages at `from` and `to`; `window_days` is W at both instants."""

    view = serializers.ChoiceField(["journey"])
    as_of = ClockField(allow_null=True)
    to = ClockField()
    window_days = FromTo()
    customers = serializers.IntegerField()
    stages = StageSerializer(many=True)
    moves = MoveSerializer(many=True)

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": ClockField()}


JOURNEY = ComputedView(
    "journey",
    (
        ViewParameter(
            "from",
            MomentField(required=False),
            "an instant, or a date (its first instant, in the default website's time zone);"
            " 30 days before `to`.",
        ),
        ViewParameter(
            "to", MomentField(required=False), "the same; `as_of`, else the last scoring."
        ),
    ),
    _answer,
    JourneySerializer,
    model=MODEL,
)
