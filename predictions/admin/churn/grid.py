"""The grid of churn risk by value; each cell links to its customers on the same page."""

from decimal import Decimal
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from core.figures.heat import HeatCell, HeatRow, peak_of, step_of
from core.text.formats import number_shown
from predictions.admin.churn.risks import ANY, NO_VALUE, RISKS, VALUES, Counted, Part, Risks


def address_of(part: Part, **more: str) -> str:
    """Return the relative URL of the page with the customers of `part`."""
    return f"?{urlencode({'risk': part.risk.code, 'value': part.value} | more)}#who"


def columns_of(found: Risks) -> list[str]:
    """Return the headings: the value bands that have customers, then the total."""
    bands = found.values if found.has_values else []
    return [*(str(VALUES[band]) for band in bands), _("All together")]


def grid_of(found: Risks, chosen: Part) -> list[HeatRow]:
    """Return a row per risk band, the highest first; the cell of the part `chosen` is marked."""
    bands = [*(found.values if found.has_values else ()), ANY]
    parts = [[Part(risk, band) for band in bands] for risk in RISKS.values()]
    inner = (part for row in parts for part in row if part.value != ANY)
    peak = peak_of(Decimal(found.counts_of(part).customers) for part in inner)
    return [
        HeatRow(
            str(row[0].risk.label),
            [_cell(part, found.counts_of(part), peak, is_chosen=part == chosen) for part in row],
        )
        for row in parts
    ]


def _cell(part: Part, counted: Counted, peak: Decimal, *, is_chosen: bool) -> HeatCell:
    shown = number_shown(counted.customers)
    text = _("%(number)s: show these customers, %(part)s")
    has_value = part.value != NO_VALUE and counted.value
    return HeatCell(
        shown,
        0 if part.value == ANY else step_of(Decimal(counted.customers), peak),
        below=counted.worth if has_value else "",
        said=text % {"number": shown, "part": part.label},
        url=address_of(part) if counted.customers else "",
        is_chosen=is_chosen,
    )
