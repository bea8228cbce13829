"""The RFM grid and segments; each cell and segment links to its customers."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from predictions.admin.dashboard.heat import HeatCell, HeatRow, peak_of, step_of
from predictions.admin.dashboard.numbers import amount, share
from predictions.admin.dashboard.show_customers import Links
from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_rfm_scores, of_rfm_segment
from predictions.figures.rfm_grid import SCORES
from predictions.models import RfmSegment


@dataclass(frozen=True)
class Line:
    """A row of a table: a number of buyers and their sales, formatted."""

    label: str
    customers: int
    sales: str
    share: str
    url: str = ""
    scores: tuple[int, ...] = ()


@dataclass(frozen=True)
class RfmMap:
    """The result of the API (`found`) as a heat map and as tables."""

    found: Data
    columns: range
    rows: list[HeatRow]
    cells: list[Line]
    segments: list[Line]


def rfm_map(links: Links) -> RfmMap:
    """Return the grid as of the last scoring; frequency rises to the right, recency to the top."""
    found = view_of("rfm")
    peak = peak_of(Decimal(one["customers"]) for one in found["cells"])
    placed = {(one["recency_score"], one["frequency_score"]): one for one in found["cells"]}
    rows = [
        HeatRow(
            number_shown(recency),
            [_cell(placed[recency, frequency], peak, links) for frequency in SCORES],
        )
        for recency in reversed(SCORES)
        if placed
    ]
    return RfmMap(
        found,
        SCORES,
        rows,
        [_line(one, "", one["recency_score"], one["frequency_score"]) for one in found["cells"]],
        [_line(one, _of_segment(one, links)) for one in found["segments"]],
    )


def _cell(one: Data, peak: Decimal, links: Links) -> HeatCell:
    scores = {"recency": one["recency_score"], "frequency": one["frequency_score"]}
    shown = number_shown(one["customers"])
    name = _("Recency %(recency)d, frequency %(frequency)d") % scores
    text = _("%(number)s: show these customers, recency %(recency)d, frequency %(frequency)d")
    return HeatCell(
        shown,
        step_of(Decimal(one["customers"]), peak),
        below=share(one["sales_share"]),
        said=text % (scores | {"number": shown}),
        url=links.to(name, of_rfm_scores(**scores)) if one["customers"] else "",
    )


def _of_segment(one: Data, links: Links) -> str:
    if not one["customers"]:
        return ""
    name = _("RFM: %(segment)s") % {"segment": RfmSegment(one["segment"]).label}
    return links.to(name, of_rfm_segment(one["segment"]))


def _line(one: Data, url: str, *scores: int) -> Line:
    label = str(RfmSegment(one["segment"]).label)
    shown = amount(one["sales"]), share(one["sales_share"])
    return Line(label, one["customers"], *shown, url, scores)
