"""The page “Overview”: what personalization has shown, and what it is worth."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.language.windows import local_date
from core.clock import now
from core.database.snapshot import snapshot
from core.problems import Invalid
from core.text.formats import CENTS, cents_shown, currency_symbol, number_shown, share_shown
from personalization.incremental_revenue.figures.analytics import analytics
from personalization.incremental_revenue.figures.counts import (
    count_untracked,
    first_exposure_at,
    has_exposures,
)
from personalization.incremental_revenue.figures.lifts import FEWEST
from personalization.incremental_revenue.figures.placement_counts import (
    ShownVariant,
    shown_by_variant,
)
from personalization.incremental_revenue.holdout_log import last_change
from personalization.incremental_revenue.question import Question
from personalization.incremental_revenue.question_parsing import PERIOD, question_of
from personalization.models import EngagementMetric
from predictions.admin.attribution.credits import names_of
from predictions.admin.attribution.forms import MODEL_NAMES, Asked, day_field
from predictions.admin.single_page import OnePage, is_sent_first
from predictions.analytics.period_ends import default_zone
from predictions.analytics.views.attribution import attributions
from predictions.attribution import MODELS
from predictions.attribution.journeys import BYS
from predictions.figures.single_computation import Busy, turn
from predictions.refusals import Refused

COUNTED = ("exposures", "clicks")
COMPARED = ("exposures", "conversion_lift", "revenue_lift", "incremental_revenue")


@admin.register(EngagementMetric)
class OverviewAdmin(OnePage):
    """The figures of a period, 30 days unless one is chosen; credits by channel and model."""

    heading = gettext_lazy("What personalization is worth")
    template = "admin/personalization/overview.html"
    needed = "personalization.view_analytics"

    def page_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return the figures, or why there are none."""
        form = _form(request)
        told = form.told
        if not form.is_valid():
            return {"form": form}
        changed = last_change(now())
        if changed is not None and not request.GET and changed > told["from"]:
            told["from"] = changed
        try:
            question = question_of(told, None)
            if is_sent_first(request):
                return {"form": form, "is_computing": True}
            with turn(), snapshot():
                return {"form": form, "found": _figures(question)}
        except Busy as error:
            return {"form": form, "refused": str(error), "is_computing": True}
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.path if problem.path in form.fields else None, str(problem))
            return {"form": form}
        except Refused as error:
            return {"form": form, "refused": str(error)}


def _form(request: HttpRequest) -> Asked:
    first = day_field(gettext_lazy("From"))
    first.initial = local_date(now() - PERIOD, default_zone()).isoformat()
    last = day_field(
        gettext_lazy("Until"),
        gettext_lazy("This day itself does not count any more. Left empty: until now."),
    )
    return Asked(request.GET, {"from": first, "to": last})


def _figures(question: Question) -> dict[str, Any]:
    model = next(iter(MODELS))
    figures = analytics(question, COUNTED, model=model)
    first = first_exposure_at(question)
    compared = None
    if first is not None:
        # Personalization cannot have caused a sale before the first exposure.
        compared = analytics(replace(question, since=first), COMPARED, model=model)
    told = {"from": question.since, "to": question.until, "by": BYS[0]}
    credits = attributions(told, question.as_of, MODELS)
    return {
        "exposures": figures["exposures"]["count"],
        "clicks": figures["clicks"]["count"],
        "worth": _worth(compared) | {"since": first},
        "groups": _groups(compared) if compared is not None else [],
        "since": question.since,
        "until": question.until,
        "currency": currency_symbol(),
        "deadlines": count_untracked(question, late=True),
        "was_shown": has_exposures(question),
        "variants": [(one, _variant_name(one)) for one in shown_by_variant(question)],
        "models": [MODEL_NAMES[model] for model in credits],
        "credits": _side_by_side(credits),
        "totals": [_money(one["revenue"]) for one in credits.values()],
    }


def _worth(figures: dict[str, Any] | None) -> dict[str, Any]:
    """Return the revenue gained from the treated; no sum if few of them were shown anything."""
    if figures is None or figures["exposures"]["customers"] < FEWEST:
        text = _(
            "Variants were shown to fewer than %(number)d known customers: too few to say what "
            "that has brought."
        )
        return {"value": None, "interval": [], "sentence": text % {"number": FEWEST}}
    found = figures["incremental_revenue"]
    return {
        "value": None if found["value"] is None else cents_shown(Decimal(found["value"])),
        "interval": [cents_shown(Decimal(one)) for one in found["interval"] or ()],
        "sentence": found["sentence"],
    }


def _variant_name(one: ShownVariant) -> str:
    if not one.variant:
        return _("the default")
    return _("%(code)s (the default)") % {"code": one.variant} if one.is_default else one.variant


def _side_by_side(credits: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Return for each channel what each model credits it with."""
    of_model = [{row["key"]: row["credit"] for row in one["rows"]} for one in credits.values()]
    keys = sorted({key for one in of_model for key in one})
    names = names_of(keys, BYS[0])
    return [(names.get(key, key), [_money(one.get(key, "0")) for one in of_model]) for key in keys]


def _groups(found: dict[str, Any]) -> list[tuple[Any, int, str, str]]:
    """Return the size, the share of buyers and the revenue of the treated and the holdout group.

    None where a group is too small to be compared.
    """
    bought, revenue = found["conversion_lift"], found["revenue_lift"]
    if not bought or not revenue:
        return []
    names = {"treated": gettext_lazy("Test group"), "holdout": gettext_lazy("Control group")}
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
