"""The result of the view `attribution` for its page: a chart and formatted rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.figures.charts import Bar, bar_chart
from core.text.formats import number_shown
from predictions.admin.insights.numbers import amount, share
from predictions.analytics.views.attribution import attribution
from predictions.attribution import DIRECT
from predictions.models import TouchCampaign

# How many rows the page lists, and how many of them its chart draws.
SHOWN, DRAWN = 100, 20


@dataclass(frozen=True)
class Row:
    """A row of the table: a channel or a campaign with formatted figures."""

    label: str
    credit: str
    share: str
    cost: str
    roi: str


@dataclass(frozen=True)
class Credits:
    """The credits of channels or campaigns; `found` is the response of the API."""

    found: Mapping[str, Any]
    revenue: str
    rows: Sequence[Row]
    drawn: SafeString
    with_costs: bool

    @property
    def answer(self) -> str:
        """What sold most, in a sentence; "" without sales."""
        best = next((row for row in self.found["rows"] if row["key"] != DIRECT), None)
        if not Decimal(self.found["revenue"]):
            return ""
        if best is None or not Decimal(best["credit"]):
            text = _(
                "No sale is credited to a campaign: all of %(revenue)s %(currency)s is direct."
            )
            return text % {"revenue": self.revenue, "currency": settings.BASE_CURRENCY}
        name = names_of([best["key"]], self.found["by"]).get(best["key"], best["key"])
        part = share(str(Decimal(best["credit"]) / Decimal(self.found["revenue"])))
        text = _("“%(name)s” is credited with %(share)s of the revenue, more than any other.")
        return text % {"name": name, "share": part}

    @property
    def is_all_direct(self) -> bool:
        """Whether all revenue is direct: no channel or campaign has any credit."""
        return all(row["key"] == DIRECT for row in self.found["rows"])


def credits_of(told: Mapping[str, Any]) -> Credits:
    """Return the current credits for validated parameters. Raises what `attribution` raises."""
    found = attribution(told, None)
    revenue = Decimal(found["revenue"])
    names = names_of([row["key"] for row in found["rows"][:SHOWN]], found["by"])
    rows = [_row(names.get(row["key"], row["key"]), row, revenue) for row in found["rows"][:SHOWN]]
    others = found["rows"][SHOWN:]
    if others:
        label = ngettext("%(count)s other", "%(count)s others", len(others))
        credit = str(sum(Decimal(row["credit"]) for row in others))
        one = {"credit": credit, "cost": None, "roi": None}
        rows.append(_row(label % {"count": number_shown(len(others))}, one, revenue))
    bars = [
        Bar(row.label, float(one["credit"]), row.credit)
        for row, one in zip(rows, found["rows"][:DRAWN], strict=False)
    ]
    return Credits(
        found,
        amount(found["revenue"]),
        rows,
        bar_chart(bars, _("Credited revenue")),
        found["by"] == "campaign",
    )


def _row(label: str, row: Mapping[str, Any], revenue: Decimal) -> Row:
    part = str(Decimal(row["credit"]) / revenue) if revenue else None
    return Row(label, amount(row["credit"]), share(part), amount(row["cost"]), share(row["roi"]))


def names_of(keys: Sequence[str], by: str) -> dict[str, str]:
    """Return the display names of keys, by key; a key without one is shown as it is."""
    names = {}
    if by == "campaign":
        rows = TouchCampaign.objects.filter(code__in=keys).values_list("code", "name")
        names = {code: f"{name} ({code})" for code, name in rows}
    return names | {DIRECT: _("No touch (direct)")}
