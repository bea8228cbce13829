"""The heat map of cohorts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, cast

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.operators import Words
from core.figures.heat import HeatCell, HeatRow, peak_of, step_of
from core.text.formats import number_shown
from predictions.admin.insights.numbers import amount, month_in_words, share
from predictions.admin.insights.show_customers import Links
from predictions.analytics.answers import view_of
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import of_cohort, of_single_buyers
from predictions.history.cohorts import By
from segments.admin.next_steps import NextStep

MONTH: By = "month"
# The number of cohorts on a page of the map, and of periods of each cohort.
DRAWN = 13
# The URL parameter with the number of later cohorts to skip, and its largest number of digits.
PASSED = "passed"
DIGITS = 6
BYS: Mapping[str, Words] = {"month": gettext_lazy("Months"), "week": gettext_lazy("Weeks")}
VALUES: Mapping[str, Words] = {
    "customers": gettext_lazy("Customers who bought"),
    "retention": gettext_lazy("Share of the cohort that bought"),
    "orders": gettext_lazy("Orders"),
    "sales": gettext_lazy("Sales"),
    "cumulative_sales": gettext_lazy("Sales up to then"),
}
SHARES, COUNTS = {"retention"}, {"customers", "orders"}


@dataclass(frozen=True)
class CohortMap:
    """A page of the map; `count` is the number of all cohorts, `first` and `last` are those shown.

    The latest cohort is number 1. `earlier` and `later` are the URLs of the adjacent pages, or "".
    `left_out` is the number of the earliest cohorts, which are not stored.
    """

    by: str
    value: str
    as_of: datetime | None
    count: int
    first: int
    last: int
    earlier: str
    later: str
    left_out: int
    columns: range
    rows: list[HeatRow]
    incomplete: str

    @property
    def is_money(self) -> bool:
        """Whether the cells are amounts in the base currency."""
        return self.value not in SHARES | COUNTS


def cohorts_page(request: HttpRequest, links: Links, _totals: Data) -> dict[str, Any]:
    """Return the context of the page Cohorts."""
    return {
        "bys": BYS,
        "values": VALUES,
        "most_cohorts": DRAWN,
        "cohorts": cohort_map(request.GET, links),
    } | _returned(links)


def _returned(links: Links) -> dict[str, Any]:
    """Return how many of the latest cohort with a complete month after came back in that month."""
    found = view_of("cohorts", {"by": MONTH, "value": "retention"})
    unfinished = len(found["incomplete"])
    known = [
        (label, cells[1])
        for label, cells in zip(found["labels"], found["rows"], strict=True)
        if len(cells) - unfinished > 1
    ]
    if not known:
        said = _("How many come back is known once the month after their first order is over.")
        return {"answer": said}
    month, returned = known[-1]
    text = _("Of those who first bought in %(month)s, %(share)s bought again in the month after.")
    month_name = month_in_words(month)
    name = _("Bought once, in %(month)s") % {"month": month_name}
    url = links.to(name, of_single_buyers(MONTH, month))
    steps = [NextStep(_("Make a segment of those who bought only once"), url)] if url else []
    if sending := links.to_mail(url):
        steps.insert(0, NextStep(_("Send to those who bought only once"), sending, is_post=True))
    said = text % {"month": month_name, "share": share(returned)}
    return {"answer": said, "steps": steps}


def cohort_map(given: Mapping[str, str], links: Links) -> CohortMap:
    """Return the map for parameters of a URL; invalid parameters count as not given."""
    known = {"by": BYS, "value": VALUES}
    found = view_of("cohorts", {name: given[name] for name in known if _is_one(given, name, known)})
    everyone = list(zip(found["labels"], found["rows"], strict=True))
    passed = _skipped_cohorts(given, len(everyone))
    end = len(everyone) - passed
    rows = everyone[max(end - DRAWN, 0) : end]

    def page(number: int) -> str:
        chosen = {"by": found["by"], "value": found["value"], PASSED: number}
        return f"?{urlencode(chosen)}#cohorts"

    # The first period has the whole cohort: scale colours by the later periods, which differ.
    later = peak_of(Decimal(cell) for _label, cells in rows for cell in cells[1:DRAWN])
    peak = later or peak_of(Decimal(cells[0]) for _label, cells in rows)
    paint = partial(_cell, found, peak, links)
    shown = [
        HeatRow(label, [paint(label, cells, later) for later in range(len(cells[:DRAWN]))])
        for label, cells in rows
    ]
    return CohortMap(
        found["by"],
        found["value"],
        found["as_of"],
        len(everyone),
        passed + 1,
        passed + len(rows),
        page(passed + DRAWN) if end > DRAWN else "",
        page(passed - DRAWN) if passed else "",
        found["left_out"],
        range(max((len(row.cells) for row in shown), default=0)),
        shown,
        ", ".join(found["incomplete"]),
    )


def _skipped_cohorts(given: Mapping[str, str], count: int) -> int:
    """Return the number of later cohorts to skip: whole pages, and never all cohorts."""
    asked = given.get(PASSED, "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= DIGITS):
        return 0
    return min(int(asked), max(count - 1, 0)) // DRAWN * DRAWN


def _is_one(given: Mapping[str, str], name: str, known: Mapping[str, Mapping[str, Words]]) -> bool:
    return given.get(name) in known[name]


def _cell(
    found: Data, peak: Decimal, links: Links, label: str, cells: Sequence[int | str], later: int
) -> HeatCell:
    by, figure, value = cast(By, found["by"]), found["value"], cells[later]
    if figure in COUNTS:
        shown = number_shown(int(value))
    else:
        shown = (share if figure in SHARES else amount)(str(value))
    step = step_of(Decimal(value), peak)
    text = _("%(number)s: show these customers, %(cohort)s, %(later)d")
    name = _("Cohort %(cohort)s, %(later)d") % {"cohort": label, "later": later}
    return HeatCell(
        shown,
        step,
        said=text % {"number": shown, "cohort": label, "later": later},
        url=links.to(name, of_cohort(by, label, later)) if step else "",
        is_incomplete=later >= len(cells) - len(found["incomplete"]),
    )
