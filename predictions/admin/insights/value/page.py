"""The page Value: who brings the value, and the sections below that answer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.text.formats import number_shown, share_shown
from predictions.admin.insights.numbers import money
from predictions.admin.insights.show_customers import Links
from predictions.admin.insights.training_step import missing_scores
from predictions.admin.insights.value.compared import compare_months
from predictions.admin.insights.value.projected_sales import projected_sales
from predictions.admin.insights.value.seasons import seasons
from predictions.admin.insights.value.value_spread import value_spread
from predictions.analytics.documents import Data
from predictions.analytics.parts.selection import OF_POPULATION, of_buyers
from predictions.kinds.clv.declaration import CLV
from predictions.models import ValueBand
from predictions.registry import models
from segments.admin.next_steps import segment_steps


@dataclass(frozen=True)
class Figure:
    """A total of the shop, formatted; `url` lists its rows, or is ""."""

    label: str
    shown: str
    url: str = ""


def value_page(request: HttpRequest, links: Links, totals: Data) -> dict[str, Any]:
    """Return the context of the page; without lifetime values, what helps to get them."""
    spread = value_spread(links)
    found = spread.found
    context = {
        "figures": _figures(links, totals),
        "spread": spread,
        "seasons": seasons(),
        "projection": projected_sales(request.GET, request.user, links),
        "benchmarks": compare_months(request.GET, request.user, links),
    }
    if not found["count"]:
        model = models().filter(code=CLV.code).first()
        if model is not None and found["reason"]:
            context["scores"] = missing_scores(model, request.user)
        return context
    top = next(one for one in found["bands"] if one["band"] == ValueBand.TOP)
    band = next(one for one in spread.bands if one.code == ValueBand.TOP)
    if top["share"] is not None and top["count"]:
        text = _("The top %(part)s of buyers (%(number)s) bring %(share)s of the expected value.")
        context["answer"] = text % {
            "number": number_shown(top["count"]),
            "part": share_shown(top["count"] / found["count"]),
            "share": share_shown(Decimal(top["share"])),
        }
    return context | {"steps": segment_steps(band.count, band.url, links.to_mail(band.url))}


def _figures(links: Links, totals: Data) -> list[Figure]:
    # The list of orders also holds those of customers who refuse personalization, whom no total
    # counts: a link would lead to more rows than the number says.
    buyers = links.to(_("Have bought"), of_buyers())
    everybody = links.to(_("All customers"), [OF_POPULATION])
    return [
        Figure(_("Customers"), number_shown(totals["customers"]), everybody),
        Figure(_("Of them have bought"), number_shown(totals["buyers"]), buyers),
        Figure(_("Orders"), number_shown(totals["orders"])),
        Figure(_("Sales"), money(totals["sales"])),
    ]
