"""Trains lifetime value, and scores by it."""

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from customers.fields import UNITS_PER_ONE, to_units
from predictions.features.subject import Subject
from predictions.histories import Batch, sum_of
from predictions.kinds.clv import CLV
from predictions.kinds.kind import Limits, Ranking, Ranks, Row, Stored, stored
from predictions.kinds.reasons import Reason, shortly
from predictions.kinds.rows import buyers, hashed, sales_after
from predictions.kinds.trained import Input, Metric, Steps, Trained, Wanted, inputs_of
from predictions.models import TrainingStep, ValueBand
from predictions.nbd import (
    Family,
    NbdFit,
    discounted_purchases,
    expected_purchases,
    fit,
    probability_alive,
)
from predictions.ranks import limits, nearest_rank_of, score
from predictions.refused import Refused
from predictions.shop_figures import shop_figures
from predictions.spend import SpendFit, expected_value, fit_spend
from predictions.values import Value

# So many buyers, and buyers who came back, there have to be for anything to be measured, or fitted.
FEWEST_BUYERS, FEWEST_REPEAT_BUYERS = 100, 50
PARTS = 100
LARGEST_CORRELATION, LARGEST_ERROR = 0.3, 0.2
# With more different histories than these a scorer begins anew: many customers share one.
KEPT = 200_000
NOBODY = shop_figures([])

NO_DROPOUT, NO_MEAN = "no_dropout_visible", "no_mean_value"
# The place of the mean value among the inputs; those before it are the history.
MEAN = 3

History = tuple[float, float, float]


@dataclass(frozen=True)
class _Forecast:
    """What a history promises: purchases within the horizon, those discounted, being alive."""

    orders: float
    discounted: float
    alive: float


@dataclass(frozen=True, eq=False)
class ClvScorer:
    """A version that says how much; `horizon_days`, `discount`, `margin` are its own or given."""

    nbd: NbdFit
    spend: SpendFit
    medians: Mapping[str, float]
    horizon_days: int
    discount: float
    margin: float
    kept: dict[History, _Forecast] = field(default_factory=dict, repr=False)
    intercept: float | None = None

    def ranking(self) -> Ranking | None:
        """Return what finds out who is among the top percents."""
        return _Ranking(self)

    def rows(self, subjects: Sequence[Subject], limits: Limits) -> list[Row]:
        """Return the columns of each customer; none of who is not a buyer."""
        todays = [one.today for one in subjects]
        return self.of_features([inputs_of(CLV, one) for one in subjects], todays, limits)

    def of_features(
        self, rows: Sequence[Sequence[Value]], todays: Sequence[int], limits: Limits | None
    ) -> list[Row]:
        """Return the columns for each row of features; nothing where it is no buyer's."""
        found = [_history(row) for row in rows]
        forecasts = self._forecasts([one for one in found if one is not None])
        values = self._values(found, rows)
        return [
            NOTHING if history is None else self._row(forecasts[history], value, limits)
            for history, value in zip(found, values, strict=True)
        ]

    def reasons(self, rows: Sequence[Sequence[Value]], todays: Sequence[int]) -> list[list[Reason]]:
        """Return by how much money the value would differ, were a feature the population's median.

        The sign is that of the feature's own effect: what it adds beside the median.
        """
        return [self._reasons(row, today) for row, today in zip(rows, todays, strict=True)]

    def _reasons(self, row: Sequence[Value], today: int) -> list[Reason]:
        if _history(row) is None:
            return []
        others = [list(row)]
        for place, one in enumerate(CLV.inputs):
            other = list(row)
            other[place] = Fraction(self.medians[one.name])
            others.append(_possible(other))
        worth = [
            _number(found["clv"]) for found in self.of_features(others, [today] * len(others), None)
        ]
        return [
            Reason(one.name, value, worth[0] - other, _sentence(one, value, worth[0] - other))
            for one, value, other in zip(CLV.inputs, row, worth[1:], strict=True)
        ]

    def _row(self, forecast: _Forecast, value: float, limits: Limits | None) -> Row:
        row: Row = {
            "clv": _money(self.margin * value * forecast.discounted),
            "expected_orders": _money(forecast.orders),
            "expected_order_value": _money(value),
            "probability_alive": None if self.nbd.is_degenerate else _money(forecast.alive),
        }
        if limits is not None and limits.ranks is not None:
            top = score(-_units(row["clv"]), limits.ranks)
            row |= {"clv_top_percent": top, "value_band": _band(top)}
        return row

    def _forecasts(self, histories: Iterable[History]) -> Mapping[History, _Forecast]:
        asked = set(histories)
        if len(self.kept) > KEPT:
            self.kept.clear()
        new = sorted(asked - self.kept.keys())
        if new:
            x, t_x, age = np.array(new).T
            orders = expected_purchases(self.nbd, self.horizon_days, x, t_x, age)
            discounted = discounted_purchases(
                self.nbd, self.horizon_days, self.discount, x, t_x, age
            )
            alive = probability_alive(self.nbd, x, t_x, age)
            columns = zip(orders.tolist(), discounted.tolist(), alive.tolist(), strict=True)
            self.kept.update(zip(new, (_Forecast(*one) for one in columns), strict=True))
        return self.kept

    def _values(
        self, histories: Sequence[History | None], rows: Sequence[Sequence[Value]]
    ) -> list[float]:
        x = np.array([0.0 if one is None else one[0] for one in histories])
        mean = np.array([_number(row[MEAN]) for row in rows])
        return [float(one) for one in expected_value(self.spend, x, mean)]


NOTHING: Row = dict.fromkeys(CLV.columns) | {"value_band": ""}


class _Ranking:
    """Collects the values of everybody, for whom is among the top percents."""

    def __init__(self, scorer: ClvScorer) -> None:
        self.scorer = scorer
        self.found = array("q")

    def add(self, batch: Batch) -> None:
        """Take in the buyers among some customers."""
        rows = [
            inputs_of(CLV, Subject(one, batch, NOBODY))
            for one in batch.people
            if batch.sales.get(one.key)
        ]
        worth = self.scorer.of_features(rows, [0] * len(rows), None)
        self.found.extend(-_units(one["clv"]) for one in worth)

    def ranks(self) -> Ranks:
        """Return from which value, negated, on each of the percents 2 to 100 is given."""
        return limits(sorted(self.found), PARTS)


@dataclass
class _Table:
    """The buyers of a training: `numbers`, and features by the kind's `inputs`.

    Besides, at a cut, past and held-out sales in units.
    """

    numbers: list[str] = field(default_factory=list)
    rows: list[list[Value]] = field(default_factory=list)
    past: list[int] = field(default_factory=list)
    held_out: list[int] = field(default_factory=list)

    @property
    def histories(self) -> list[History]:
        """x, t_x, T of each."""
        found = [_history(row) for row in self.rows]
        return [one for one in found if one is not None]

    def repeat_buyers(self) -> int:
        """Return how many came back on another day."""
        return sum(one[0] >= 1 for one in self.histories)


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
            one.name: _median([row[place] for row in table.rows])
            for place, one in enumerate(CLV.inputs)
        },
    }


def _fits(table: _Table, family: Family) -> tuple[NbdFit, SpendFit]:
    x, t_x, age = np.array(table.histories).T
    mean = np.array([_number(row[MEAN]) for row in table.rows])
    return fit(family, x, t_x, age), fit_spend(x, mean)


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
    table = _Table()
    shop, everybody = buyers(cut, wanted.segment)
    for subjects in everybody:
        step(TrainingStep.FEATURES, len(table.numbers), shop.buyers)
        later = sales_after(cut, wanted.as_of, subjects)
        for one in subjects:
            table.numbers.append(one.person.number)
            table.rows.append(inputs_of(CLV, one))
            table.past.append(one.monetary)
            table.held_out.append(sum_of(later.get(one.person.key, ())))
    step(TrainingStep.EVALUATE, 0, None)
    if len(table.numbers) < FEWEST_BUYERS or table.repeat_buyers() < FEWEST_REPEAT_BUYERS:
        return None
    nbd, spend = _fits(table, wanted.parameters["family"])
    # Undiscounted, and a margin of 1: what was sold is what it is compared with.
    scorer = ClvScorer(nbd, spend, {}, days, 0.0, 1.0)
    rows = scorer.of_features(table.rows, [0] * len(table.rows), None)
    forecast = [_number(one["clv"]) for one in rows]
    return _metrics(table, forecast, days)


def _metrics(table: _Table, forecast: Sequence[float], days: int) -> list[Metric]:
    actual = [units / UNITS_PER_ONE for units in table.held_out]
    past = [units / UNITS_PER_ONE for units in table.past]
    rate = [
        value / max(age, days) * days
        for value, (_x, _t, age) in zip(past, table.histories, strict=True)
    ]
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
    table = _Table()
    shop, everybody = buyers(wanted.as_of, wanted.segment)
    note = partial(step, TrainingStep.FIT)
    for subjects in everybody:
        note(len(table.numbers), shop.buyers)
        for one in subjects:
            table.numbers.append(one.person.number)
            table.rows.append(inputs_of(CLV, one))
    repeat = table.repeat_buyers()
    if repeat < FEWEST_REPEAT_BUYERS:
        text = _("Of %(least)d customers who bought on two days, which it takes, there are %(n)d.")
        raise Refused("too_few_repeat_buyers", text % {"least": FEWEST_REPEAT_BUYERS, "n": repeat})
    nbd, spend = _fits(table, wanted.parameters["family"])
    return Trained(
        fitted=_fitted(nbd, spend, table),
        metrics=metrics,
        data_hash=hashed(
            (number, [str(value) for value in row])
            for number, row in zip(table.numbers, table.rows, strict=True)
        ),
        warnings=list(_warnings(nbd, spend, metrics)),
    )


def _history(row: Sequence[Value]) -> History | None:
    """Return x, t_x, T for features; None where they are no buyer's, or of nobody at all."""
    if any(value is None for value in row[:MEAN]):
        return None
    days, recency, age = (_number(value) for value in row[:MEAN])
    if days < 1 or not 0 <= recency <= age:
        return None
    return days - 1, age - recency if days > 1 else 0.0, age


def _possible(row: Sequence[Value]) -> list[Value]:
    """Return features in which nobody bought last before they bought first."""
    days, recency, age, mean = row
    assert not isinstance(recency, str) and not isinstance(age, str)
    assert recency is not None and age is not None
    return [days, min(recency, age), age, mean]


def _number(value: Value | Stored) -> float:
    """Return a value for arrays: 0 for a missing one."""
    assert not isinstance(value, str | date)
    return 0.0 if value is None else float(value)


def _money(value: float) -> Stored:
    """Return a figure as it is stored."""
    return stored(Fraction(value))


def _units(value: Stored) -> int:
    assert isinstance(value, Decimal)
    return to_units(value)


def _band(top: int) -> str:
    bands = zip(settings.PREDICTIONS_VALUE_BANDS, ValueBand.values, strict=False)
    return next((str(band) for most, band in bands if top <= most), ValueBand.LOW.value)


def _median(values: Iterable[Value]) -> float:
    """Return the nearest-rank median of those that are not missing; 0 of none."""
    found = sorted(_number(value) for value in values if value is not None)
    return nearest_rank_of(found, 50) if found else 0.0


def _sentence(one: Input, value: Value, effect: float) -> str:
    what = {"meaning": one.meaning, "value": shortly(value), "effect": f"{abs(effect):.2f}"}
    if effect < 0:
        return _("%(meaning)s: %(value)s lowers it by %(effect)s") % what
    return _("%(meaning)s: %(value)s raises it by %(effect)s") % what
