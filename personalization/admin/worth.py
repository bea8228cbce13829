"""The page “Overview”: what personalization has shown, and what it is worth."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from customers.formats import CENTS, number_shown, share_shown
from customers.problems import Invalid
from customers.snapshot import snapshot
from personalization.models import EngagementMetric
from personalization.worth.analytics import analytics
from personalization.worth.asking import question_of
from personalization.worth.counts import has_shown, untracked
from predictions.admin.attribution.forms import MODEL_NAMES
from predictions.admin.one_page import OnePage
from predictions.analytics.attribution import attribution
from predictions.attribution import MODELS
from predictions.attribution.journeys import BYS
from predictions.refused import Refused
from predictions.turn import turn

SHOWN = ("exposures", "clicks", "conversion_lift", "revenue_lift", "incremental_revenue")


@admin.register(EngagementMetric)
class OverviewAdmin(OnePage):
    """The figures of the last 30 days, or since the hold-out changed; who is credited by model."""

    heading = gettext_lazy("What personalization is worth")
    template = "admin/personalization/overview.html"
    needed = "personalization.view_analytics"

    def shown(self, request: HttpRequest) -> dict[str, Any]:
        """Return the figures, or why there are none."""
        try:
            question = question_of({}, None)
            with turn(), snapshot():
                found = analytics(question, SHOWN, model=next(iter(MODELS)))
                told = {"from": question.since, "to": question.until, "by": BYS[0]}
                credits = {
                    model: attribution(told | {"model": model}, question.as_of) for model in MODELS
                }
                deadlines = untracked(question, late=True)
                was_shown = has_shown(question)
        except (Invalid, Refused) as error:
            return {"refused": str(error)}
        worth = found["incremental_revenue"]
        return {
            "found": found,
            "worth": {
                "value": _money(worth["value"]),
                "interval": [_money(one) for one in worth["interval"] or ()],
                "sentence": worth["sentence"],
            },
            "groups": _groups(found),
            "since": question.since,
            "until": question.until,
            "currency": settings.BASE_CURRENCY,
            "deadlines": deadlines,
            "was_shown": was_shown,
            "models": [MODEL_NAMES[model] for model in credits],
            "credits": _side_by_side(credits),
            "totals": [_money(one["revenue"]) for one in credits.values()],
        }


def _side_by_side(credits: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return for each channel what each model credits it with."""
    of_model = [{row["key"]: row["credit"] for row in one["rows"]} for one in credits.values()]
    keys = sorted({key for one in of_model for key in one})
    return [(key, [_money(one.get(key, "0")) for one in of_model]) for key in keys]


def _groups(found: dict[str, Any]) -> list[tuple[Any, int, str, str]]:
    """Return for who is treated and who is not: how many, what share has bought, revenue of each.

    None where they are too few to be compared.
    """
    bought, revenue = found["conversion_lift"], found["revenue_lift"]
    if not bought or not revenue:
        return []
    names = {"treated": gettext_lazy("Treated"), "holdout": gettext_lazy("Hold-out")}
    return [
        (
            name,
            bought["units"][group],
            share_shown(None if bought[group] is None else Decimal(bought[group]), in_column=True),
            _money(revenue[group]),
        )
        for group, name in names.items()
    ]


def _money(amount: str | None) -> str:
    """Return an amount in cents, as the reader's language writes it; "–" where it is unknown."""
    return "–" if amount is None else number_shown(Decimal(amount), CENTS)
