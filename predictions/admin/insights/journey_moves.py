"""Moves on the journey: a heat map from stage to stage, and the stages at both instants."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.figures.charts import Bar, bar_chart
from core.figures.heat import HeatCell, HeatRow, peak_of, step_of
from core.text.formats import number_shown
from predictions.admin.insights.looked_up import Looked, looked_up
from predictions.admin.insights.show_customers import Links
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_stage
from predictions.analytics.views.journey import JOURNEY
from predictions.figures.stage_moves import NOT_THERE, STAGES
from predictions.models import JourneyStage
from segments.admin.next_steps import segment_steps


@dataclass(frozen=True)
class Stage:
    """A stage with its numbers of customers at both instants; `url` lists those of the second."""

    code: str
    label: str
    before: int
    count: int
    url: str


@dataclass(frozen=True)
class JourneyMoves:
    """The result of the API (`looked`) as a heat map, bars and a table."""

    looked: Looked
    start: datetime | None = None
    end: datetime | None = None
    columns: Sequence[str] = ()
    rows: Sequence[HeatRow] = ()
    stages: Sequence[Stage] = ()
    drawn: Sequence[tuple[datetime, str]] = field(default_factory=list)


def journey_page(request: HttpRequest, links: Links, _totals: Data) -> dict[str, Any]:
    """Return the context of the page Journey."""
    moves = journey_moves(request.GET, request.user, links)
    context = {"journey": moves}
    lapsing = next((one for one in moves.stages if one.code == JourneyStage.LAPSING), None)
    if lapsing is None or not lapsing.url:
        return context
    text = ngettext(
        "%(shown)s customer is lapsing: it is longer than usual since they bought.",
        "%(shown)s customers are lapsing: it is longer than usual since they bought.",
        lapsing.count,
    )
    return context | {
        "answer": text % {"shown": number_shown(lapsing.count)},
        "steps": segment_steps(lapsing.count, lapsing.url, links.to_mail(lapsing.url)),
    }


def journey_moves(query: QueryDict, user: User | AnonymousUser, links: Links) -> JourneyMoves:
    """Return the moves of the 30 days before the last scoring, or of the period in the form."""
    looked = looked_up(JOURNEY, query, user)
    found = looked.found
    if found is None:
        return JourneyMoves(looked)
    start, end = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    # Segments are of today's stages: those of another day would have other members.
    is_now = "to" not in looked.given
    stages = [_stage(one, links if is_now else None) for one in found["stages"]]
    return JourneyMoves(
        looked,
        start,
        end,
        [_label(stage) for stage in STAGES],
        _rows(found["moves"]),
        stages,
        [
            (at, bar_chart([Bar(*one) for one in bars], _("Customers by stage")))
            for at, bars in (
                (start, [(one.label, one.before, number_shown(one.before)) for one in stages]),
                (end, [(one.label, one.count, number_shown(one.count)) for one in stages]),
            )
        ],
    )


def _rows(moves: Sequence[Data]) -> list[HeatRow]:
    # Most customers stay in their stage: scale colours by the numbers of those who moved.
    peak = peak_of(Decimal(one["customers"]) for one in moves if one["from"] != one["to"])
    rows = dict[str, list[HeatCell]]()
    for one in moves:
        count = one["customers"]
        cell = HeatCell(number_shown(count), step_of(Decimal(count), peak or Decimal(count)))
        rows.setdefault(one["from"], []).append(cell)
    return [HeatRow(_label(stage), cells) for stage, cells in rows.items()]


def _stage(one: Data, links: Links | None) -> Stage:
    label = _label(one["stage"])
    url = ""
    if one["to"] and links is not None:
        url = links.to(_("Journey: %(stage)s") % {"stage": label}, of_stage(one["stage"]))
    return Stage(one["stage"], label, one["from"], one["to"], url)


def _label(stage: str) -> str:
    return _("Not there yet") if stage == NOT_THERE else str(JourneyStage(stage).label)
