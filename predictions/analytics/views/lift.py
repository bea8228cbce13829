"""The view `lift`: a campaign's revenue compared with its control group."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from core.api.parsing import ClockField, ExactTextField
from core.clock import now
from core.database.fields import UNITS_PER_ONE
from core.database.snapshot import snapshot
from core.problems import Invalid, Problem
from predictions.analytics.computation.views import ComputedView, ViewParameter
from predictions.analytics.documents import PLACES, Data
from predictions.analytics.periods import WINDOW, window_of
from predictions.attribution.lift import measured_lift
from predictions.history.values import rounded
from predictions.models import TouchCampaign

NAME = "lift"


class GroupsSerializer(serializers.Serializer[Any]):
    """The number of customers in each group."""

    contacted = serializers.IntegerField()
    held_out = serializers.IntegerField()


class MeansSerializer(serializers.Serializer[Any]):
    """The mean revenue per customer in each group."""

    contacted = serializers.CharField()
    held_out = serializers.CharField()


@extend_schema_serializer(component_name="Lift")
class LiftViewSerializer(serializers.Serializer[Any]):
    """The difference of means and its 95 % interval (null if revenue varies in neither group)."""

    view = serializers.ChoiceField([NAME])
    as_of = ClockField(allow_null=True)
    campaign = serializers.CharField()
    window_days = serializers.IntegerField()
    lift = serializers.CharField()
    interval = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Low and high."
    )
    n = GroupsSerializer()
    means = MeansSerializer()
    causal = serializers.BooleanField(help_text="True: it was measured.")


def lift(parameters: Mapping[str, Any], as_of: datetime | None) -> Data:
    """Return the lift of a campaign as of an aware instant (None: now).

    Raises `Invalid` for a campaign that was not imported, and `Refused` (`too_few`) with fewer than
    30 customers in a group.
    """
    window = window_of(parameters)
    with snapshot():
        campaign = TouchCampaign.objects.filter(code=parameters["campaign"]).first()
        if campaign is None:
            text = _("There is no campaign “%(code)s”.") % {"code": parameters["campaign"]}
            raise Invalid([Problem("campaign", "unknown_campaign", text)])
        found = measured_lift(campaign, window, now() if as_of is None else as_of)
    one, other = found.contacted.mean, found.held_out.mean
    ends = found.interval and [_money(Fraction(end)) for end in found.interval]
    return {
        "campaign": campaign.code,
        "window_days": window.days,
        "lift": _money(one - other),
        "interval": ends,
        "n": {"contacted": found.contacted.count, "held_out": found.held_out.count},
        "means": {"contacted": _money(one), "held_out": _money(other)},
        "causal": True,
    }


def _money(units: Fraction) -> str:
    shown: Decimal = rounded(units / UNITS_PER_ONE, PLACES)
    return f"{shown:.{PLACES}f}"


VIEW = ComputedView(
    NAME,
    (ViewParameter("campaign", ExactTextField(), "the code of a campaign."), WINDOW),
    lift,
    LiftViewSerializer,
)
