"""The RFM grid and classes; each cell and class links to its customers.

The page calls an RFM segment a class, since segments of the shop may have the same names.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.figures.heat import HeatCell, HeatRow, peak_of, step_of
from core.text.formats import number_shown
from predictions.admin.insights.numbers import amount, share
from predictions.admin.insights.show_customers import Links
from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_rfm_scores, of_rfm_segment
from predictions.figures.rfm_grid import SCORES
from predictions.models import RfmSegment
from segments.admin.next_steps import segment_steps

# The classes of customers who bought often, and not lately: the page is about the first there is.
TO_WIN_BACK = (RfmSegment.AT_RISK, RfmSegment.CANNOT_LOSE)


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


def rfm_page(_request: HttpRequest, links: Links, _totals: Data) -> dict[str, Any]:
    """Return the context of the page RFM."""
    shown = rfm_map(links)
    classes = {one["segment"]: one for one in shown.found["segments"] if one["customers"]}
    code = next((one for one in TO_WIN_BACK if one in classes), None)
    if code is None:
        code = max(classes, key=lambda one: int(classes[one]["customers"]))
        text = ngettext(
            "The largest RFM class is “%(name)s”: %(shown)s customer, with %(share)s of the sales.",
            "The largest RFM class is “%(name)s”: %(shown)s customers, with %(share)s of the "
            "sales.",
            classes[code]["customers"],
        )
    else:
        text = ngettext(
            "%(shown)s customer bought often, but not lately (RFM class “%(name)s”), with "
            "%(share)s of the sales.",
            "%(shown)s customers bought often, but not lately (RFM class “%(name)s”), with "
            "%(share)s of the sales.",
            classes[code]["customers"],
        )
    found = classes[code]
    url = _of_segment(found, links)
    return {
        "rfm": shown,
        "answer": text
        % {
            "shown": number_shown(found["customers"]),
            "name": RfmSegment(code).label,
            "share": share(found["sales_share"]),
        },
        "steps": segment_steps(found["customers"], url, links.to_mail(url)),
    }


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
        [
            _line(one, _of_cell(one, links), one["recency_score"], one["frequency_score"])
            for one in found["cells"]
        ],
        [_line(one, _of_segment(one, links)) for one in found["segments"]],
    )


def _cell(one: Data, peak: Decimal, links: Links) -> HeatCell:
    scores = {"recency": one["recency_score"], "frequency": one["frequency_score"]}
    shown = number_shown(one["customers"])
    text = _("%(number)s: show these customers, recency %(recency)d, frequency %(frequency)d")
    return HeatCell(
        shown,
        step_of(Decimal(one["customers"]), peak),
        below=share(one["sales_share"]),
        said=text % (scores | {"number": shown}),
        url=_of_cell(one, links),
    )


def _of_cell(one: Data, links: Links) -> str:
    if not one["customers"]:
        return ""
    scores = {"recency": one["recency_score"], "frequency": one["frequency_score"]}
    name = _("Recency %(recency)d, frequency %(frequency)d") % scores
    return links.to(name, of_rfm_scores(**scores))


def _of_segment(one: Data, links: Links) -> str:
    if not one["customers"]:
        return ""
    name = _("RFM class: %(name)s") % {"name": RfmSegment(one["segment"]).label}
    return links.to(name, of_rfm_segment(one["segment"]))


def _line(one: Data, url: str, *scores: int) -> Line:
    label = str(RfmSegment(one["segment"]).label)
    shown = amount(one["sales"]), share(one["sales_share"])
    return Line(label, one["customers"], *shown, url, scores)
