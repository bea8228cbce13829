"""The view `projection`: expected sales of the coming months, with a range from past errors."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from core.api.parsing import ClockField
from core.clock import now
from predictions.analytics.answers import NO_DEPLOYED_MODEL
from predictions.analytics.computation.views import ComputedView, ViewParameter
from predictions.analytics.documents import PLACES, Data, money
from predictions.analytics.period_ends import default_zone
from predictions.history.values import rounded
from predictions.models import ModelVersion
from predictions.refusals import Refused
from predictions.registry import models, scored_at
from predictions.scores import deployed_of

if TYPE_CHECKING:
    from predictions.figures.projection import BackTest, Projection

MODEL = "clv"
# The longest and the default horizon, the same as those of lifetime values.
MOST_MONTHS, USUAL_MONTHS = 60, 12


class MonthsField(serializers.IntegerField):
    """A number of months, given as digits only."""

    default_error_messages = {
        "out_of_range": gettext_lazy("A whole number from 1 to %(most)s is needed.")
    }

    def to_internal_value(self, data: Any) -> int:
        text = str(data)
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_MONTHS))
        if not (is_number and 1 <= int(text) <= MOST_MONTHS):
            said = str(self.error_messages["out_of_range"]) % {"most": MOST_MONTHS}
            raise serializers.ValidationError(said, code="out_of_range")
        return int(text)


def _answer(told: Mapping[str, Any], as_of: datetime | None) -> Data:
    version = _deployed_version()
    # Imported here so that web processes start without the libraries for fitting.
    from predictions.figures.projection import project_sales
    from predictions.kinds.clv.fit import scorer_of

    moment = as_of or scored_at(MODEL) or now()
    months = told.get("months", USUAL_MONTHS)
    scorer = scorer_of(version.fitted, version.parameters)
    found = project_sales(scorer, moment, months, default_zone(), version.segment)
    warnings = list(version.warnings)
    return {"as_of": moment, "version": version.number, "warnings": warnings} | projection_as_json(
        found
    )


def projection_as_json(projection: "Projection") -> Data:
    """Return a projection as JSON."""
    total = sum(one.units for one in projection.months)
    error = projection.error
    return {
        "months_count": len(projection.months),
        "buyers": projection.buyers,
        "new_customers": "excluded",
        "total": _with_range(projection, total),
        "months": [
            {
                "month": one.label,
                "index": None if one.index is None else f"{one.index:.{PLACES}f}",
                **_with_range(projection, one.units),
            }
            for one in projection.months
        ],
        "error": None if error is None else f"{rounded(error, PLACES):.{PLACES}f}",
        "back_tests": [_test(one) for one in projection.tests],
    }


def _with_range(found: "Projection", units: int) -> Data:
    low, high = (None if end is None else money(end) for end in found.ends(units) or (None, None))
    return {"sales": money(units), "low": low, "high": high}


def _test(one: "BackTest") -> Data:
    return {
        "from": one.first,
        "to": one.last,
        "forecast": money(one.forecast),
        "sales": money(one.actual),
        "error": f"{rounded(one.error, PLACES):.{PLACES}f}",
    }


def _deployed_version() -> ModelVersion:
    model = models().filter(code=MODEL).first()
    if model is None or model.deployed is None:
        text = _("No version of the model of lifetime value is deployed: it makes the projection.")
        raise Refused(NO_DEPLOYED_MODEL, text)
    return model.deployed


def _with_staleness(data: Data) -> Data:
    """Return the data with `is_stale`: another version is deployed, or the newest scoring run had
    to leave the model out.
    """
    deployed = deployed_of(MODEL)
    return data | {"is_stale": deployed.version != data["version"] or deployed.is_left_out}


class ProjectedSalesSerializer(serializers.Serializer[Any]):
    """Expected sales, and a range by the largest past error; null below three back-tests."""

    sales = serializers.CharField()
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)


class ProjectedMonthSerializer(ProjectedSalesSerializer):
    """A month, and the seasonal index that its sales were multiplied by; null without an index."""

    month = serializers.CharField()
    index = serializers.CharField(allow_null=True)


class BackTestSerializer(serializers.Serializer[Any]):
    """The forecast of the months `from` .. `to`, their sales, and |forecast - sales| / sales."""

    to = serializers.CharField()
    forecast = serializers.CharField()
    sales = serializers.CharField()
    error = serializers.CharField()

    def get_fields(self) -> Any:
        return super().get_fields() | {"from": serializers.CharField()}


class ProjectionSerializer(serializers.Serializer[Any]):
    """Expected sales of current buyers; `error` is the largest error of the back-tests."""

    view = serializers.ChoiceField(["projection"])
    as_of = ClockField()
    version = serializers.IntegerField()
    is_stale = serializers.BooleanField()
    warnings = serializers.ListField(child=serializers.CharField())
    months_count = serializers.IntegerField()
    buyers = serializers.IntegerField()
    new_customers = serializers.ChoiceField(["excluded"])
    total = ProjectedSalesSerializer()
    months = ProjectedMonthSerializer(many=True)
    error = serializers.CharField(allow_null=True)
    back_tests = BackTestSerializer(many=True)


PROJECTION = ComputedView(
    "projection",
    (ViewParameter("months", MonthsField(required=False), f"1 to {MOST_MONTHS}; {USUAL_MONTHS}."),),
    _answer,
    ProjectionSerializer,
    model=MODEL,
    kept_for=lambda data: {"months": data["months_count"]},
    finish=_with_staleness,
)
