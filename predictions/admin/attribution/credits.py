"""The result of the view `attribution` for its page: a chart and formatted rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.figures.charts import Bar, bar_chart
from core.text.formats import number_shown
from predictions.admin.insights.numbers import amount, money, share
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
        """What is credited with most, and how much is direct, in sentences; "" without revenue."""
        revenue = Decimal(self.found["revenue"])
        if revenue <= 0:
            return ""
        is_by_campaign = self.found["by"] == "campaign"
        touched = [row for row in self.found["rows"] if row["key"] != DIRECT]
        most = Decimal(touched[0]["credit"]) if touched else Decimal()
        if not most:
            text = (
                _("No sale is credited to a campaign: all of %(revenue)s is direct.")
                if is_by_campaign
                else _("No sale is credited to a channel: all of %(revenue)s is direct.")
            )
            return text % {"revenue": self.revenue}
        best = [row["key"] for row in touched if Decimal(row["credit"]) == most]
        if len(best) > 1:
            text = (
                _("Several campaigns are credited with the most, %(share)s of the revenue each.")
                if is_by_campaign
                else _(
                    "Several channels are credited with the most, %(share)s of the revenue each."
                )
            )
        else:
            text = (
                _("Of the revenue, %(share)s is credited to “%(name)s”, the most of all campaigns.")
                if is_by_campaign
                else _(
                    "Of the revenue, %(share)s is credited to “%(name)s”, the most of all channels."
                )
            )
        name = names_of(best[:1], self.found["by"]).get(best[0], best[0])
        said = text % {"name": name, "share": share(str(most / revenue))}
        direct = sum(Decimal(row["credit"]) for row in self.found["rows"] if row["key"] == DIRECT)
        if direct <= 0:
            return said
        text = _("%(share)s of it came without a touchpoint.")
        return f"{said} {text % {'share': share(str(direct / revenue))}}"

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
        money(found["revenue"]),
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
