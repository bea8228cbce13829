"""Trains lifetime value, and scores by it."""

import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.database.fields import UNITS_PER_ONE
from core.text.formats import CENTS, money_shown
from predictions.features.shop import NOBODY
from predictions.features.subjects import Subjects
from predictions.history.batches import Batch
from predictions.history.columns import Column, Floats, Mask, Whole, float_units
from predictions.history.values import Value, rounded
from predictions.kinds.clv.declaration import CLV
from predictions.kinds.fitting.rows import buyers, hashed
from predictions.kinds.kind import (
    LARGEST,
    STORED_PLACES,
    Columns,
    Limits,
    Ranking,
    Ranks,
    Stored,
)
from predictions.kinds.reasons import Reason, shortly
from predictions.kinds.trained import (
    Input,
    Metric,
    Steps,
    Trained,
    Wanted,
    inputs_given,
    inputs_of,
)
from predictions.models import TrainingStep, ValueBand
from predictions.refusals import Refused, Sentence
from predictions.statistics.bg_nbd import (
    Family,
    NbdFit,
    discounted_purchases,
    expected_purchases,
    fit,
    probability_alive,
)
from predictions.statistics.gamma_gamma import SpendFit, expected_value, fit_spend
from predictions.statistics.ranks import limits, nearest_rank_of, scores
from segments.models import Segment

# So many buyers, and buyers who came back, there have to be for anything to be measured, or fitted.
FEWEST_BUYERS, FEWEST_REPEAT_BUYERS = 100, 50
PARTS = 100
LARGEST_CORRELATION, LARGEST_ERROR = 0.3, 0.2

NO_DROPOUT, NO_MEAN = "no_dropout_visible", "no_mean_value"
# The place of the mean value among the inputs; those before it are the history.
MEAN = 3


@dataclass(frozen=True, eq=False)
class ClvScorer:
    """A version that says how much; `horizon_days`, `discount`, `margin` are its own or given."""

    nbd: NbdFit
    spend: SpendFit
    medians: Mapping[str, float]
    horizon_days: int
    discount: float
    margin: float
    intercept: float | None = None
    inputs = CLV.inputs

    def ranking(self) -> Ranking | None:
        """Return what finds out who is among the top percents."""
        return _Ranking(self)

    def columns(self, them: Subjects, limits: Limits) -> Columns:
        """Return the columns of each customer; none of who is not a buyer."""
        return self.of_features(inputs_of(CLV, them), them.todays, limits)

    def of_features(
        self, inputs: Sequence[Column], todays: Whole, limits: Limits | None
    ) -> Columns:
        """Return the columns for each row of features; nothing where it is no buyer's."""
        worth = self.worth(inputs)
        spread = partial(_spread, np.flatnonzero(worth.counts).tolist(), len(todays))
        amounts = _amounts(worth.clv)
        found: Columns = {
            "clv": spread(amounts),
            "expected_orders": spread(_amounts(worth.orders)),
            "expected_order_value": spread(_amounts(worth.value)),
            "probability_alive": spread(
                [None] * len(amounts) if self.nbd.is_degenerate else _amounts(worth.alive)
            ),
        }
        if limits is not None and limits.ranks is not None:
            tops = scores(-np.array(amounts, dtype=np.int64), limits.ranks)
            found["clv_top_percent"] = spread(tops.tolist())
            found["value_band"] = [band or "" for band in spread(_bands(tops))]
        return found

    def worth(self, inputs: Sequence[Column]) -> "_Worth":
        """Return what each row of features that is a buyer's promises."""
        return self.forecast(_histories(inputs), np.nan_to_num(inputs[MEAN].floats()))

    def forecast(self, histories: Floats, mean: Floats) -> "_Worth":
        """Return what histories (customers, 3) and mean values of purchases promise."""
        counts = ~np.isnan(histories[:, 0])
        histories, mean = histories[counts], mean[counts]
        if not counts.any():
            return _Worth(counts, mean, mean, mean, mean)
        # Many customers share one.
        distinct, place = np.unique(histories, axis=0, return_inverse=True)
        x, t_x, age = distinct.T
        orders = expected_purchases(self.nbd, self.horizon_days, x, t_x, age)
        discounted = discounted_purchases(self.nbd, self.horizon_days, self.discount, x, t_x, age)
        value = expected_value(self.spend, histories[:, 0], mean)
        return _Worth(
            counts=counts,
            clv=self.margin * value * discounted[place],
            orders=orders[place],
            value=value,
            alive=probability_alive(self.nbd, x, t_x, age)[place],
        )

    def reasons(self, inputs: Sequence[Column], todays: Whole) -> list[list[Reason]]:
        """Return by how much money the value would differ, were a feature the population's median.

        The sign is that of the feature's own effect: what it adds beside the median. All that is
        asked of all customers is worked out at once.
        """
        rows = list(zip(*(column.values() for column in inputs), strict=True))
        counts = (~np.isnan(_histories(inputs)[:, 0])).tolist()
        asked = list[Sequence[Value]]()
        for row, is_buyer in zip(rows, counts, strict=True):
            asked += self._others(row) if is_buyer else ()
        if not asked:
            return [[] for _row in rows]
        worth = np.zeros(len(asked))
        found = self.worth(inputs_given(CLV, asked))
        worth[found.counts] = np.array(_amounts(found.clv)) / UNITS_PER_ONE
        values = iter(worth.reshape(-1, 1 + len(CLV.inputs)).tolist())
        return [
            _reasons(row, next(values)) if is_buyer else []
            for row, is_buyer in zip(rows, counts, strict=True)
        ]

    def _others(self, row: Sequence[Value]) -> list[Sequence[Value]]:
        """Return a row as it is, and with each feature in turn as the median."""
        others = [row]
        for place, one in enumerate(CLV.inputs):
            other = list(row)
            other[place] = Fraction(self.medians[one.name])
            others.append(_possible(other))
        return others


@dataclass(frozen=True, eq=False)
class _Worth:
    """What buyers promise; `counts` says who of the customers is one, all else is of those."""

    counts: Mask
    clv: Floats
    orders: Floats
    value: Floats
    alive: Floats


def _reasons(row: Sequence[Value], worth: Sequence[float]) -> list[Reason]:
    effects = [worth[0] - other for other in worth[1:]]
    sentence = lazy(_sentence, str)
    return [
        Reason(one.name, value, effect, sentence(one, value, effect))
        for one, value, effect in zip(CLV.inputs, row, effects, strict=True)
    ]


def _amounts(values: Floats) -> list[int]:
    """Return figures as they are stored; a larger one than can be is the largest that can."""
    return [max(-LARGEST, min(units, LARGEST)) for units in float_units(values, STORED_PLACES)]


def _spread(places: Sequence[int], length: int, values: Sequence[Stored]) -> list[Stored]:
    """Return `values`, each at its customer's place; None for the others."""
    found: list[Stored] = [None] * length
    for place, value in zip(places, values, strict=True):
        found[place] = value
    return found


class _Ranking:
    """Collects the values of everybody, for whom is among the top percents."""

    def __init__(self, scorer: ClvScorer) -> None:
        self.scorer = scorer
        self.found = array("q")

    def add(self, batch: Batch) -> None:
        """Take in the buyers among some customers."""
        worth = self.scorer.worth(inputs_of(CLV, Subjects(batch, NOBODY)))
        self.found.extend(-units for units in _amounts(worth.clv))

    def as_json(self) -> list[int]:
        """Return all values that were taken in, negated."""
        return self.found.tolist()

    def join(self, found: Sequence[int]) -> None:
        """Take in what others were shown."""
        self.found.extend(found)

    def ranks(self) -> Ranks:
        """Return from which value, negated, on each of the percents 2 to 100 is given."""
        return limits(np.sort(np.array(self.found, dtype=np.int64)), PARTS)


@dataclass(frozen=True, eq=False)
class _Table:
    """The buyers of a training, by internal key.

    `features`: (buyers, inputs), NaN where one is missing; `histories` (buyers, 3): x, t_x, T.
    Besides, at a cut, past and held-out sales in money.
    """

    numbers: Sequence[str]
    features: Floats
    histories: Floats
    past: Floats
    held_out: Floats

    def repeat_buyers(self) -> int:
        """Return how many came back on another day."""
        return int((self.histories[:, 0] >= 1).sum())

    @property
    def mean(self) -> Floats:
        """Return the mean values of repeated purchases; 0 without any."""
        return np.nan_to_num(self.features[:, MEAN])


def _table(
    as_of: datetime,
    segment: Segment | None,
    note: Callable[[int, int | None], None],
    until: datetime | None = None,
) -> _Table:
    """Return the buyers as of an instant; held out is what they bought up to `until`."""
    shop, everybody = buyers(as_of, segment)
    numbers = list[str]()
    features, past, held_out = [np.zeros((0, len(CLV.inputs)))], [np.zeros(0)], [np.zeros(0)]
    for them in everybody:
        note(len(numbers), shop.buyers)
        chosen = them.buyers
        numbers += [them.batch.numbers[place] for place in np.flatnonzero(chosen).tolist()]
        columns = [column.floats() for column in inputs_of(CLV, them)]
        features.append(np.column_stack(columns)[chosen])
        past.append(_money(them.sales.totals[chosen]))
        if until is not None:
            held_out.append(_money(them.batch.sales_until(until).totals[chosen]))
    found = np.concatenate(features)
    return _Table(
        numbers, found, _histories_of(found), np.concatenate(past), np.concatenate(held_out)
    )


def _money(units: Whole) -> Floats:
    return units.astype(np.float64) / UNITS_PER_ONE


def scorer_of(fitted: Mapping[str, Any], parameters: Mapping[str, Any], **given: Any) -> ClvScorer:
    """Return what scores by a version; `given` stand in for its own parameters."""
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
    )


def _fitted(nbd: NbdFit, spend: SpendFit, table: _Table) -> dict[str, Any]:
    health = [NO_DROPOUT] * nbd.is_degenerate + [NO_MEAN] * spend.is_degenerate
    return {
        **{name: value for name, value in asdict(nbd).items() if name != "is_degenerate"},
        **{name: value for name, value in asdict(spend).items() if name != "is_degenerate"},
        "health": health,
        "medians": {
            one.name: _median(column)
            for one, column in zip(CLV.inputs, table.features.T, strict=True)
        },
    }


def _fits(table: _Table, family: Family) -> tuple[NbdFit, SpendFit]:
    x, t_x, age = table.histories.T
    return fit(family, x, t_x, age), fit_spend(x, table.mean)


def _warnings(nbd: NbdFit, spend: SpendFit, metrics: Sequence[Metric] | None) -> Iterator[str]:
    if nbd.is_degenerate:
        yield NO_DROPOUT
    if spend.is_degenerate:
        yield NO_MEAN
    correlation = spend.frequency_value_correlation
    if correlation is not None and correlation > LARGEST_CORRELATION:
        yield "frequency_value_correlation"
    for one in metrics or ():
        if one.name == "total_error" and one.value is not None and abs(one.value) > LARGEST_ERROR:
            yield "total_error"


def evaluated(wanted: Wanted, step: Steps) -> list[Metric] | None:
    """Return the metrics at the cut, `holdout_days` before; None where there are too few."""
    days = wanted.parameters["holdout_days"]
    cut = wanted.as_of - timedelta(days=days)
    table = _table(cut, wanted.segment, partial(step, TrainingStep.FEATURES), wanted.as_of)
    step(TrainingStep.EVALUATE, 0, None)
    if len(table.numbers) < FEWEST_BUYERS or table.repeat_buyers() < FEWEST_REPEAT_BUYERS:
        return None
    nbd, spend = _fits(table, wanted.parameters["family"])
    # Undiscounted, and a margin of 1: what was sold is what it is compared with.
    scorer = ClvScorer(nbd, spend, {}, days, 0.0, 1.0)
    forecast = scorer.forecast(table.histories, table.mean).clv
    return _metrics(table, [units / UNITS_PER_ONE for units in _amounts(forecast)], days)


def _metrics(table: _Table, forecast: Sequence[float], days: int) -> list[Metric]:
    actual, past = table.held_out.tolist(), table.past.tolist()
    rate = (table.past / np.maximum(table.histories[:, 2], days) * days).tolist()
    total = math.fsum(actual)
    return [
        Metric("mae", _mae(forecast, actual), "rate", _mae(rate, actual)),
        Metric("total_error", _error(forecast, total), "rate", _error(rate, total)),
        Metric(
            *("top_decile_capture", _capture(forecast, actual)),
            *("past_value", _capture(past, actual)),
        ),
    ]


def _mae(forecast: Sequence[float], actual: Sequence[float]) -> float:
    off = (abs(one - other) for one, other in zip(forecast, actual, strict=True))
    return math.fsum(off) / len(actual)


def _error(forecast: Sequence[float], total: float) -> float | None:
    return math.fsum(forecast) / total - 1 if total > 0 else None


def _capture(ranked_by: Sequence[float], actual: Sequence[float]) -> float | None:
    """Return what share of `actual` the best tenth has; of equals those that come first."""
    total = math.fsum(actual)
    best = sorted(range(len(actual)), key=lambda place: (-ranked_by[place], place))
    tenth = -(-len(actual) // 10)
    return math.fsum(actual[place] for place in best[:tenth]) / total if total > 0 else None


def trained(wanted: Wanted, step: Steps) -> Trained:
    """Measure at the cut, then fit all buyers."""
    metrics = evaluated(wanted, step)
    table = _table(wanted.as_of, wanted.segment, partial(step, TrainingStep.FIT))
    repeat = table.repeat_buyers()
    if repeat < FEWEST_REPEAT_BUYERS:
        text = gettext_noop("At least %(least)s customers who came back are needed; so far: %(n)s.")
        values = {"least": FEWEST_REPEAT_BUYERS, "n": repeat}
        raise Refused("too_few_repeat_buyers", Sentence(text, values))
    nbd, spend = _fits(table, wanted.parameters["family"])
    return Trained(
        fitted=_fitted(nbd, spend, table),
        metrics=metrics,
        data_hash=hashed(
            (number, [repr(value) for value in row])
            for number, row in zip(table.numbers, table.features.tolist(), strict=True)
        ),
        warnings=list(_warnings(nbd, spend, metrics)),
    )


def _histories(inputs: Sequence[Column]) -> Floats:
    """Return x, t_x, T for features as (customers, 3), as `_histories_of` does."""
    return _histories_of(np.column_stack([column.floats() for column in inputs]))


def _histories_of(features: Floats) -> Floats:
    """Return x, t_x, T as (customers, 3); NaN where they are no buyer's, or of nobody at all."""
    days, recency, age = features[:, :MEAN].T
    counts = (days >= 1) & (recency >= 0) & (recency <= age)
    found = np.column_stack([days - 1, np.where(days > 1, age - recency, 0.0), age])
    return np.where(counts[:, None], found, np.nan)


def _possible(row: Sequence[Value]) -> list[Value]:
    """Return features in which nobody bought last before they bought first."""
    days, recency, age, mean = row
    assert not isinstance(recency, str) and not isinstance(age, str)
    assert recency is not None and age is not None
    return [days, min(recency, age), age, mean]


def _bands(tops: Whole) -> list[str]:
    """Return the band of each who is among so many percents: the first that reaches so far."""
    most = np.array(settings.PREDICTIONS_VALUE_BANDS)
    names = [*ValueBand.values[: len(most)], ValueBand.LOW.value]
    return [names[place] for place in np.searchsorted(most, tops).tolist()]


def _median(values: Floats) -> float:
    """Return the nearest-rank median of those that are not missing; 0 of none."""
    found = np.sort(values[~np.isnan(values)]).tolist()
    return nearest_rank_of(found, 50) if found else 0.0


def _sentence(one: Input, value: Value, effect: float) -> str:
    what = {
        "meaning": one.meaning,
        "value": shortly(value, is_money=one.is_money),
        "effect": money_shown(rounded(Fraction(abs(effect)), CENTS)),
    }
    if effect < 0:
        return _("%(meaning)s: %(value)s lowers it by %(effect)s") % what
    return _("%(meaning)s: %(value)s raises it by %(effect)s") % what
