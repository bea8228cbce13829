"""The scorer of fitted lifetime values: forecasts, intervals, ranks and reasons."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from core.database.fields import UNITS_PER_ONE
from core.text.formats import CENTS, money_shown
from predictions.features.shop import NOBODY
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch
from predictions.history.columns import Column, Floats, Mask, Whole, float_units
from predictions.history.values import Value, rounded
from predictions.kinds.clv.declaration import CLV
from predictions.kinds.clv.season import NO_SEASON, PurchaseSeason
from predictions.kinds.kind import (
    LARGEST,
    STORED_PLACES,
    Columns,
    Limits,
    Ranking,
    Ranks,
    Stored,
)
from predictions.kinds.reasons import Reason, value_text
from predictions.kinds.trained import (
    Input,
    inputs_given,
    inputs_of,
)
from predictions.models import ValueBand
from predictions.statistics.bg_nbd import (
    NbdFit,
    discounted_purchases,
    expected_purchases,
    probability_alive,
)
from predictions.statistics.gamma_gamma import SpendFit, expected_value
from predictions.statistics.ranks import limits, scores
from predictions.statistics.value_intervals import Interval, Posterior, interval_of

PARTS = 100
NO_DROPOUT, NO_MEAN = "no_dropout_visible", "no_mean_value"
# The position of the mean value among the inputs; the inputs before it are the history.
MEAN = 3


@dataclass(frozen=True, eq=False)
class ClvScorer:
    """The scorer of a version; `horizon_days`, `discount`, `margin` are the version's or given."""

    nbd: NbdFit
    spend: SpendFit
    medians: Mapping[str, float]
    horizon_days: int
    discount: float
    margin: float
    season: PurchaseSeason = NO_SEASON
    intercept: float | None = None
    inputs = CLV.inputs

    def ranking(self) -> Ranking | None:
        """Return the ranking that finds the limits of the top percents."""
        return _Ranking(self)

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return the columns of each customer; None for a customer who is no buyer."""
        return self.of_features(inputs_of(CLV, them), them.todays, limits)

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the columns of each row of features; None for a row that is no buyer's."""
        worth = self.worth(inputs, todays)
        spread = partial(_spread, np.flatnonzero(worth.counts).tolist(), len(todays))
        clv = amounts(worth.clv)
        found: Columns = {
            "clv": spread(clv),
            "expected_orders": spread(amounts(worth.orders)),
            "expected_order_value": spread(amounts(worth.value)),
            "probability_alive": spread(
                [None] * len(clv) if self.nbd.is_degenerate else amounts(worth.alive)
            ),
        }
        if limits is not None and limits.ranks is not None:
            tops = scores(-np.array(clv, dtype=np.int64), limits.ranks)
            found["clv_top_percent"] = spread(tops.tolist())
            found["value_band"] = [band or "" for band in spread(_bands(tops))]
        return found

    def worth(self, inputs: Sequence[Column], todays: Whole) -> "Worth":
        """Return the forecast of each row of features that is a buyer's."""
        return self.forecast(_histories(inputs), np.nan_to_num(inputs[MEAN].floats()), todays)

    def forecast(self, histories: Floats, mean: Floats, todays: Whole) -> "Worth":
        """Return the forecast from histories (customers, 3) and mean values of purchases.

        Histories are in days; `todays` are the ordinal numbers of each customer's current day.
        """
        counts = ~np.isnan(histories[:, 0])
        mean, of_today = mean[counts], todays[counts]
        own = self.season.histories(histories, todays)[counts]
        orders, discounted, alive, horizon = np.zeros((4, len(own)))
        for today in np.unique(of_today).tolist():
            chosen = of_today == today
            # Many customers have the same history: compute each distinct history once.
            distinct, place = np.unique(own[chosen], axis=0, return_inverse=True)
            time_after = self.season.time_after(today)
            (ahead,) = time_after(np.array([float(self.horizon_days)])).tolist()
            orders[chosen] = expected_purchases(self.nbd, ahead, *distinct.T)[place]
            discounted[chosen] = discounted_purchases(
                *(self.nbd, self.horizon_days, self.discount, *distinct.T), time_after=time_after
            )[place]
            alive[chosen] = probability_alive(self.nbd, *distinct.T)[place]
            horizon[chosen] = ahead
        value = expected_value(self.spend, own[:, 0], mean)
        return Worth(
            counts=counts,
            clv=self.margin * value * discounted,
            orders=orders,
            value=value,
            alive=alive,
            posteriors=lambda: [
                Posterior(*row)
                for row in np.column_stack(
                    [
                        *(own[:, 0], own[:, 2], alive, mean, horizon),
                        self.margin * discounted / np.where(orders > 0, orders, 1.0),
                    ]
                ).tolist()
            ],
        )

    def intervals(
        self, numbers: Sequence[str], inputs: Sequence[Column], todays: Whole
    ) -> list[Interval | None]:
        """Return each customer's interval; None for customers without a sale.

        The random draws are seeded by the customer's number, so that they are reproducible.
        """
        worth = self.worth(inputs, todays)
        found = list[Interval | None]([None] * len(numbers))
        places = np.flatnonzero(worth.counts).tolist()
        for place, of in zip(places, worth.posteriors(), strict=True):
            found[place] = interval_of(numbers[place], self.nbd, self.spend, of)
        return found

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return reasons: the value minus the value with one feature set to the median, in money.

        A positive effect is what the feature adds compared with the population's median. The values
        of all customers and features are computed together.
        """
        rows = list(zip(*(column.values() for column in inputs), strict=True))
        counts = (~np.isnan(_histories(inputs)[:, 0])).tolist()
        asked, days = list[Sequence[Value]](), list[int]()
        for row, is_buyer, today in zip(rows, counts, todays.tolist(), strict=True):
            others = self._others(row) if is_buyer else ()
            asked += others
            days += [today] * len(others)
        if not asked:
            return [[] for _row in rows]
        worth = np.zeros(len(asked))
        found = self.worth(inputs_given(CLV, asked), np.array(days, dtype=np.int64))
        worth[found.counts] = np.array(amounts(found.clv)) / UNITS_PER_ONE
        values = iter(worth.reshape(-1, 1 + len(CLV.inputs)).tolist())
        return [
            _reasons(row, next(values)) if is_buyer else []
            for row, is_buyer in zip(rows, counts, strict=True)
        ]

    def _others(self, row: Sequence[Value]) -> list[Sequence[Value]]:
        """Return the row itself, and a copy per feature with this feature set to the median."""
        others = [row]
        for place, one in enumerate(CLV.inputs):
            other = list(row)
            other[place] = Fraction(self.medians[one.name])
            others.append(_possible(other))
        return others


@dataclass(frozen=True, eq=False)
class Worth:
    """The forecasts of buyers; `counts` is the mask of buyers, all other arrays are of buyers only.

    `posteriors` returns the inputs of the draws for intervals, buyer by buyer.
    """

    counts: Mask
    clv: Floats
    orders: Floats
    value: Floats
    alive: Floats
    posteriors: Callable[[], list[Posterior]]


def _reasons(row: Sequence[Value], worth: Sequence[float]) -> list[Reason]:
    effects = [worth[0] - other for other in worth[1:]]
    sentence = lazy(_sentence, str)
    return [
        Reason(one.name, value, effect, sentence(one, value, effect))
        for one, value, effect in zip(CLV.inputs, row, effects, strict=True)
    ]


def amounts(values: Floats) -> list[int]:
    """Return values in stored units, clipped to the largest value that can be stored."""
    return [max(-LARGEST, min(units, LARGEST)) for units in float_units(values, STORED_PLACES)]


def _spread(places: Sequence[int], length: int, values: Sequence[Stored]) -> list[Stored]:
    """Return `values` at the positions of their customers; None for all other customers."""
    found: list[Stored] = [None] * length
    for place, value in zip(places, values, strict=True):
        found[place] = value
    return found


class _Ranking:
    """Collects the lifetime values of all buyers, for the limits of the top percents."""

    def __init__(self, scorer: ClvScorer) -> None:
        self.scorer = scorer
        self.found = array("q")

    def add(self, batch: Batch) -> None:
        """Add the buyers of a batch."""
        them = Subjects(batch, NOBODY)
        worth = self.scorer.worth(inputs_of(CLV, them), them.todays)
        self.found.extend(-units for units in amounts(worth.clv))

    def as_json(self) -> list[int]:
        """Return all values that were added, negated."""
        return self.found.tolist()

    def join(self, others: Sequence[int]) -> None:
        """Add the result of `as_json` of another ranking."""
        self.found.extend(others)

    def ranks(self) -> Ranks:
        """Return the negated values from which on each of the percents 2 to 100 begins."""
        return limits(np.sort(np.array(self.found, dtype=np.int64)), PARTS)


def scorer_of(fitted: Mapping[str, Any], parameters: Mapping[str, Any], **given: Any) -> ClvScorer:
    """Return the scorer of a version; `given` replace the version's own parameters."""
    asked = dict(parameters) | given
    return ClvScorer(
        NbdFit(
            **{name: fitted[name] for name in ("family", "r", "alpha", "a", "b", "log_likelihood")},
            is_degenerate=NO_DROPOUT in fitted["health"],
        ),
        SpendFit(
            **{name: fitted[name] for name in ("p", "q", "v", "customers", "mean_value")},
            is_degenerate=NO_MEAN in fitted["health"],
            frequency_value_correlation=fitted["frequency_value_correlation"],
        ),
        fitted["medians"],
        asked["horizon_days"],
        asked["discount"],
        asked["margin"],
        PurchaseSeason.of_json(fitted),
    )


def _histories(inputs: Sequence[Column]) -> Floats:
    """Return x, t_x, T of inputs as (customers, 3), as `histories_of` does."""
    return histories_of(np.column_stack([column.floats() for column in inputs]))


def histories_of(features: Floats) -> Floats:
    """Return x, t_x, T of features as (customers, 3).

    NaN for customers who are no buyers, and for features that no customer can have.
    """
    days, recency, age = features[:, :MEAN].T
    counts = (days >= 1) & (recency >= 0) & (recency <= age)
    found = np.column_stack([days - 1, np.where(days > 1, age - recency, 0.0), age])
    return np.where(counts[:, None], found, np.nan)


def _possible(row: Sequence[Value]) -> list[Value]:
    """Return features corrected so that the last purchase is not before the first."""
    days, recency, age, mean = row
    assert not isinstance(recency, str) and not isinstance(age, str)
    assert recency is not None and age is not None
    return [days, min(recency, age), age, mean]


def _bands(tops: Whole) -> list[str]:
    """Return the value band for each top percent: the first band that includes the percent."""
    most = np.array(settings.PREDICTIONS_VALUE_BANDS)
    names = [*ValueBand.values[: len(most)], ValueBand.LOW.value]
    return [names[place] for place in np.searchsorted(most, tops).tolist()]


def _sentence(one: Input, value: Value, effect: float) -> str:
    what = {
        "meaning": one.meaning,
        "value": value_text(value, is_money=one.is_money),
        "effect": money_shown(rounded(Fraction(abs(effect)), CENTS)),
    }
    if effect < 0:
        return _("%(meaning)s: %(value)s lowers it by %(effect)s") % what
    return _("%(meaning)s: %(value)s raises it by %(effect)s") % what
