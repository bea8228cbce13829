"""Lifetime value: what a customer is expected to spend within the horizon.

BG/NBD or MBG/NBD say how often, Gamma-Gamma how much. Purchases of one day are one purchase with
the sum as its value; x = purchase days - 1, t_x = days from the first to the last, T = days from
the first to `as_of`. The computations with arrays are in
`predictions.kinds.clv.fit` and `.training`.
"""

import numpy as np
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.database.fields import UNITS_PER_ONE
from predictions.features.activity import age_days, purchase_days
from predictions.features.rfm import recency_days
from predictions.features.subjects import Subjects
from predictions.history.columns import Quotients
from predictions.kinds.parameters import Parameter, number, one_of, whole
from predictions.kinds.trained import Input, Metric, Steps, Trained, TrainedScorer, Wanted
from predictions.models import ModelVersion

# The fewest repeat buyers for a fit.
FEWEST_REPEAT_BUYERS = 50
FAMILIES = ("mbg_nbd", "bg_nbd")


def mean_repeat_value(them: Subjects) -> Quotients:
    """Return the mean value of the purchases after the first one, in money; missing without any."""
    sales = them.sales
    repeats = sales.purchase_days - 1
    on_first = sales.days == sales.first_days[sales.owners]
    return Quotients(
        sales.totals - sales.total_of(on_first),
        np.maximum(repeats, 1) * UNITS_PER_ONE,
        repeats >= 1,
    )


class Clv:
    """The kind."""

    code = "clv"
    label = _("Lifetime value")
    columns = (
        *("clv", "expected_orders", "expected_order_value", "probability_alive"),
        *("clv_top_percent", "value_band"),
    )
    plain = "clv"
    parameters: tuple[Parameter, ...] = (
        one_of("family", FAMILIES, FAMILIES[0]),
        whole("horizon_days", 1, 1825, lambda: settings.PREDICTIONS_HORIZON_DAYS),
        number("discount", 0, 1, lambda: settings.PREDICTIONS_DISCOUNT),
        number("margin", 0, 1, lambda: settings.PREDICTIONS_MARGIN),
        whole("holdout_days", 1, 3650, lambda: 91),
    )
    inputs = (
        Input("purchase_days", _("Different days with a sale"), purchase_days),
        Input("recency_days", _("Days since the last sale"), recency_days, may_be_missing=True),
        Input("age_days", _("Days since the first sale"), age_days, may_be_missing=True),
        Input(
            *("mean_repeat_value", _("Mean value of a purchase day after the first")),
            mean_repeat_value,
            may_be_missing=True,
            is_money=True,
        ),
    )

    def scorer(self, version: ModelVersion) -> TrainedScorer:
        """Return the scorer of `version`, with its own horizon, discount and margin."""
        from predictions.kinds.clv.fit import scorer_of

        return scorer_of(version.fitted, version.parameters)

    def evaluate(self, wanted: Wanted, step: Steps) -> list[Metric] | None:
        """Measure held-out sales; None below 100 buyers, or 50 who came back, at the cut."""
        from predictions.kinds.clv.training import evaluate_clv

        return evaluate_clv(wanted, step)

    def train(self, wanted: Wanted, step: Steps) -> Trained:
        """Measure, then fit everybody; `Refused` (`too_few_repeat_buyers`) below 50."""
        from predictions.kinds.clv.training import train_clv

        return train_clv(wanted, step)


CLV = Clv()
