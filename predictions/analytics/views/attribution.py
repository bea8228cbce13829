"""The credits of a period's revenue to channels and campaigns, and the cost of campaigns."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers

from core.api.parsing import ClockField
from core.clock import now
from core.database.snapshot import snapshot
from predictions.analytics.computation.views import ComputedView, ViewParameter
from predictions.analytics.documents import PLACES, Data
from predictions.analytics.periods import FROM, TO, WINDOW, ends_of, window_of
from predictions.attribution import DIRECT, MODELS, attribute_by
from predictions.attribution.journeys import BYS, Period, journeys
from predictions.attribution.markov import MOST_KEYS, TooManyKeys
from predictions.history.values import rounded
from predictions.models import TouchCampaign
from predictions.refusals import Refused
from predictions.scoring.customer_panel import UNKNOWN_MARGIN

NAME = "attribution"
# So short that it is later than whatever exists at an instant.
INSTANT = timedelta(microseconds=1)


class RowSerializer(serializers.Serializer[Any]):
    """What a channel or a campaign is credited with; `cost` and `roi` of imported campaigns."""

    key = serializers.CharField()
    credit = serializers.CharField()
    cost = serializers.CharField(allow_null=True)
    roi = serializers.CharField(allow_null=True)


class AttributionSerializer(serializers.Serializer[Any]):
    """Credits, by falling credit, then key; with `direct` they add up to `revenue` exactly.

    `warnings`: `margin_unknown`, where the return is of revenue, since no margin is set.
    """

    view = serializers.ChoiceField([NAME])
    as_of = ClockField(allow_null=True)
    model = serializers.ChoiceField(list(MODELS))
    by = serializers.CharField(help_text=f"One of {', '.join(BYS)}.")
    window_days = serializers.IntegerField()
    revenue = serializers.CharField()
    rows = RowSerializer(many=True)
    causal = serializers.BooleanField(help_text="False: it is bookkeeping.")
    warnings = serializers.ListField(child=serializers.CharField())


def attribution(parameters: Mapping[str, Any], as_of: datetime | None) -> Data:
    """Return the credits as of an aware instant, None: now; raises as `attributions`."""
    model = parameters.get("model", next(iter(MODELS)))
    return attributions(parameters, as_of, [model])[model]


def attributions(
    parameters: Mapping[str, Any], as_of: datetime | None, models: Collection[str]
) -> dict[str, Data]:
    """Return the credits by each of `models`, of one moment: as of an aware instant, None: now.

    Raises `Invalid` for a period that ends before it begins, and `Refused`, `too_many_keys`.
    """
    since, until = ends_of(parameters)
    by = parameters.get("by", BYS[0])
    window, at = window_of(parameters), now() if as_of is None else as_of
    period = Period(since, at + INSTANT if until is None else until, window, at)
    with snapshot():
        try:
            found = attribute_by(journeys(period, by), models)
        except TooManyKeys as error:
            text = _(
                "There are more than %(most)d to credit, too many for this model: choose another "
                "one, a shorter period, or credit channels."
            )
            raise Refused("too_many_keys", text % {"most": MOST_KEYS}) from error
        keys = {key for credits in found.values() for key in credits}
        costs = _costs(keys) if by == "campaign" else {}
    return {
        model: {"model": model, "by": by, "window_days": window.days, **_credited(credits, costs)}
        for model, credits in found.items()
    }


def _credited(credits: Mapping[str, Decimal], costs: Mapping[str, Decimal]) -> Data:
    rows = [
        {"key": key, "credit": _money(credit), **_return(credit, costs.get(key))}
        for key, credit in sorted(credits.items(), key=lambda one: (-one[1], one[0]))
    ]
    return {
        "revenue": _money(sum(credits.values(), Decimal(0))),
        "rows": rows,
        "causal": False,
        "warnings": [UNKNOWN_MARGIN] if costs and settings.PREDICTIONS_MARGIN == 1 else [],
    }


def _costs(keys: Iterable[str]) -> dict[str, Decimal]:
    """Return the whole cost of each campaign that was imported; nobody pays for `direct`."""
    rows = TouchCampaign.objects.filter(code__in=[key for key in keys if key != DIRECT])
    return dict(rows.values_list("code", "cost"))


def _return(credit: Decimal, cost: Decimal | None) -> Data:
    """Return cost and (credit x margin - cost) / cost; None for what there is not."""
    if cost is None:
        return {"cost": None, "roi": None}
    roi = None
    if cost:
        margin = Fraction(str(settings.PREDICTIONS_MARGIN))
        share = (Fraction(credit) * margin - Fraction(cost)) / Fraction(cost)
        roi = f"{rounded(share, PLACES):.{PLACES}f}"
    return {"cost": _money(cost), "roi": roi}


def _money(value: Decimal) -> str:
    return f"{value:.{PLACES}f}"


VIEW = ComputedView(
    NAME,
    (
        ViewParameter(
            "model",
            serializers.ChoiceField(list(MODELS), required=False),
            f"one of {', '.join(MODELS)}.",
        ),
        ViewParameter(
            "by", serializers.ChoiceField(BYS, required=False), f"one of {', '.join(BYS)}."
        ),
        WINDOW,
        FROM,
        TO,
    ),
    attribution,
    AttributionSerializer,
)
