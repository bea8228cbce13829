"""The assumptions of a plan: given with the question, measured, or the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from conditions.language.operators import Words
from predictions.models import PredictionModel
from predictions.strategies.assumptions.measured_uplift import MeasuredUplift
from predictions.strategies.assumptions.numbers import MONEY, PERCENT, SHARE, Range


class Source(StrEnum):
    """Where an assumption comes from."""

    GIVEN = "given"
    MEASURED = "measured"
    MODEL = "model"
    DEFAULT = "default"


SOURCES: Mapping[str, Words] = {
    Source.GIVEN: _("given"),
    Source.MEASURED: _("measured"),
    Source.MODEL: _("each customer’s own, by the model"),
    Source.DEFAULT: _("taken by default"),
}


@dataclass(frozen=True)
class Assumption:
    """An assumption of plans: its range, label and meaning."""

    name: str
    range: Range
    label: Words
    help: Words


UPLIFT, MARGIN, PRICE_CUT = "uplift", "margin", "price_cut"
BENEFIT_PERCENT, ORDER_VALUE = "benefit_percent", "order_value"
ASSUMPTIONS: Mapping[str, Assumption] = {
    one.name: one
    for one in (
        Assumption(
            UPLIFT,
            SHARE,
            _("Uplift (0 to 1)"),
            _(
                "Of 100 customers who are contacted, how many more buy than if they were left "
                "alone: 0.05 for five. Measure it with a group that is not contacted; without it "
                "no money is shown."
            ),
        ),
        Assumption(
            MARGIN,
            SHARE,
            _("Margin (0 to 1)"),
            _("What is left of each sale: 0.4 for 40 per cent. Left empty: all of it."),
        ),
        Assumption(
            PRICE_CUT,
            SHARE,
            _("Price reduction (0 to 1)"),
            _("By which part prices would be lower: 0.1 for 10 per cent."),
        ),
        Assumption(
            BENEFIT_PERCENT,
            PERCENT,
            _("Benefit, per cent of sales"),
            _("What members get back of what they buy: 2 for 2 per cent."),
        ),
        Assumption(
            ORDER_VALUE,
            MONEY,
            _("Order value"),
            _("What an order would bring. Left empty: each customer’s own average."),
        ),
    )
}


@dataclass(frozen=True)
class Assumed:
    """An assumed value, None if unknown; `interval` is the confidence interval of a measured value.

    With `model`, a model of the kind `uplift`, each customer has a value of their own.
    """

    value: Decimal | None
    source: Source
    interval: tuple[Decimal, Decimal] | None = None
    model: PredictionModel | None = None

    @property
    def exact(self) -> Fraction | None:
        """The value as a fraction."""
        return None if self.value is None else Fraction(self.value)


def assumptions_of(
    given: Mapping[str, Decimal], measured: MeasuredUplift | None
) -> dict[str, Assumed]:
    """Return all assumptions by name: the given value, else the measured one, else the default.

    Only the margin has a default value, the setting `PREDICTIONS_MARGIN`; all others are None.
    """
    found = {name: Assumed(None, Source.DEFAULT) for name in ASSUMPTIONS}
    found[MARGIN] = Assumed(Decimal(str(settings.PREDICTIONS_MARGIN)), Source.DEFAULT)
    if measured is not None:
        found[UPLIFT] = of_measured(measured)
    return found | {name: Assumed(value, Source.GIVEN) for name, value in given.items()}


def of_measured(measured: MeasuredUplift) -> Assumed:
    """Return a measured uplift as an assumption."""
    low, high = measured.low, measured.high
    interval = None if low is None or high is None else (low, high)
    return Assumed(measured.value, Source.MEASURED, interval)
