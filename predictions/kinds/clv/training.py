"""Train lifetime value: evaluate on held-out sales after a cut, then fit all buyers."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from core.database.fields import UNITS_PER_ONE
from core.text.sentences import Sentence
from predictions.history.columns import Floats, Whole
from predictions.kinds.clv.declaration import CLV, FEWEST_REPEAT_BUYERS
from predictions.kinds.clv.fit import (
    MEAN,
    NO_DROPOUT,
    NO_MEAN,
    ClvScorer,
    Worth,
    amounts,
    histories_of,
)
from predictions.kinds.clv.metrics import sales_metrics, total_error
from predictions.kinds.clv.season import NO_SEASON, MonthCounts, PurchaseSeason
from predictions.kinds.fitting.rows import buyers, hash_rows
from predictions.kinds.trained import (
    Metric,
    Steps,
    Trained,
    Wanted,
    inputs_of,
)
from predictions.models import TrainingStep
from predictions.refusals import Refused
from predictions.statistics.bg_nbd import (
    Family,
    NbdFit,
    fit,
)
from predictions.statistics.gamma_gamma import SpendFit, fit_spend
from predictions.statistics.ranks import nearest_rank_of
from predictions.statistics.value_intervals import COVERED, coverage
from segments.models import Segment

# The fewest buyers for an evaluation.
FEWEST_BUYERS = 100
LARGEST_CORRELATION, LARGEST_ERROR = 0.3, 0.2
# The largest sample of customers for the coverage of intervals.
MOST_DRAWN = 20_000


@dataclass(frozen=True, eq=False)
class _Table:
    """The buyers of a training, by internal key.

    `features`: (buyers, inputs), NaN for a missing value; `histories` (buyers, 3): x, t_x, T in
    days; `todays`: the ordinal number of each buyer's current day. `season` is the shop's. `past`
    and, at a cut, `held_out` are sales in money; `held_out_days` are purchase days after the cut.
    """

    numbers: Sequence[str]
    features: Floats
    histories: Floats
    past: Floats
    held_out: Floats
    held_out_days: Whole
    todays: Whole
    season: PurchaseSeason

    def repeat_buyers(self) -> int:
        """Return the number of buyers who bought on more than one day."""
        return int((self.histories[:, 0] >= 1).sum())

    @property
    def mean(self) -> Floats:
        """Return the buyers' mean values of repeat purchases; 0 without a repeat purchase."""
        return np.nan_to_num(self.features[:, MEAN])


def _table(
    as_of: datetime,
    segment: Segment | None,
    note: Callable[[int, int | None], None],
    until: datetime | None = None,
) -> _Table:
    """Return the buyers as of an aware instant; `held_out` are their sales from then to `until`."""
    shop, everybody = buyers(as_of, segment)
    numbers, months = list[str](), MonthCounts()
    features, past, held_out = [np.zeros((0, len(CLV.inputs)))], [np.zeros(0)], [np.zeros(0)]
    todays, days = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for them in everybody:
        note(len(numbers), shop.buyers)
        months.add(them)
        chosen = them.buyers
        numbers += [them.batch.numbers[place] for place in np.flatnonzero(chosen).tolist()]
        columns = [column.floats() for column in inputs_of(CLV, them)]
        features.append(np.column_stack(columns)[chosen])
        past.append(_money(them.sales.totals[chosen]))
        if until is not None:
            later = them.batch.sales_until(until)
            held_out.append(_money(later.totals[chosen]))
            days.append(later.purchase_days[chosen])
        todays.append(them.todays[chosen])
    found = np.concatenate(features)
    return _Table(
        numbers=numbers,
        features=found,
        histories=histories_of(found),
        past=np.concatenate(past),
        held_out=np.concatenate(held_out),
        held_out_days=np.concatenate(days),
        todays=np.concatenate(todays),
        season=months.season(),
    )


def _money(units: Whole) -> Floats:
    return units.astype(np.float64) / UNITS_PER_ONE


def _fitted_values(nbd: NbdFit, spend: SpendFit, table: _Table) -> dict[str, Any]:
    health = [NO_DROPOUT] * nbd.is_degenerate + [NO_MEAN] * spend.is_degenerate
    return {
        **{name: value for name, value in asdict(nbd).items() if name != "is_degenerate"},
        **{name: value for name, value in asdict(spend).items() if name != "is_degenerate"},
        **table.season.as_json(),
        "health": health,
        "medians": {
            one.name: _median(column)
            for one, column in zip(CLV.inputs, table.features.T, strict=True)
        },
    }


def _fits(table: _Table, family: Family, season: PurchaseSeason) -> tuple[NbdFit, SpendFit]:
    """Return the fits of the buyers, with times adjusted for a season."""
    x, t_x, age = season.histories(table.histories, table.todays).T
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


def evaluate_clv(wanted: Wanted, step: Steps) -> list[Metric] | None:
    """Return the metrics at the cut, `holdout_days` before the training's as-of instant.

    None with too few buyers or repeat buyers at the cut.
    """
    days = wanted.parameters["holdout_days"]
    cut = wanted.as_of - timedelta(days=days)
    table = _table(cut, wanted.segment, partial(step, TrainingStep.FEATURES), wanted.as_of)
    step(TrainingStep.EVALUATE, 0, None)
    if len(table.numbers) < FEWEST_BUYERS or table.repeat_buyers() < FEWEST_REPEAT_BUYERS:
        return None
    family, total = wanted.parameters["family"], math.fsum(table.held_out)
    scorer, forecast = _held_out_forecast(table, family, days, table.season)
    shown = _as_stored(forecast)
    of_season, plain = None, shown
    if table.season.index is not None:
        of_season = total_error(shown, total)
        plain = _as_stored(_held_out_forecast(table, family, days, NO_SEASON)[1])
    return [
        *sales_metrics(shown, table.held_out, table.past, table.histories[:, 2], days),
        Metric("total_error_season", of_season, "no_season", total_error(plain, total)),
        Metric(COVERED, _coverage(table, scorer, forecast)),
    ]


def _held_out_forecast(
    table: _Table, family: Family, days: int, season: PurchaseSeason
) -> tuple[ClvScorer, Worth]:
    nbd, spend = _fits(table, family, season)
    # Undiscounted and with a margin of 1, since the forecast is compared with sales.
    scorer = ClvScorer(nbd, spend, {}, days, 0.0, 1.0, season)
    return scorer, scorer.forecast(table.histories, table.mean, table.todays)


def _as_stored(worth: Worth) -> list[float]:
    return [units / UNITS_PER_ONE for units in amounts(worth.clv)]


def _coverage(table: _Table, scorer: ClvScorer, worth: Worth) -> float | None:
    """Return the share of buyers within their 80 % interval; in a large shop, of an even sample."""
    places = np.flatnonzero(worth.counts)
    if not len(places):
        return None
    step = -(-len(places) // MOST_DRAWN)
    chosen = range(0, len(places), step)
    posteriors = worth.posteriors()
    at = places[::step]
    return coverage(
        [table.numbers[place] for place in at.tolist()],
        scorer.nbd,
        [posteriors[place] for place in chosen],
        table.held_out_days[at],
    )


def train_clv(wanted: Wanted, step: Steps) -> Trained:
    """Evaluate at the cut, then fit all buyers.

    Raises `Refused` (`too_few_repeat_buyers`) where too few customers bought on more than one day.
    """
    metrics = evaluate_clv(wanted, step)
    table = _table(wanted.as_of, wanted.segment, partial(step, TrainingStep.FIT))
    repeat = table.repeat_buyers()
    if repeat < FEWEST_REPEAT_BUYERS:
        text = gettext_noop("At least %(least)s customers who came back are needed; so far: %(n)s.")
        values = {"least": FEWEST_REPEAT_BUYERS, "n": repeat}
        raise Refused("too_few_repeat_buyers", Sentence(text, values))
    nbd, spend = _fits(table, wanted.parameters["family"], table.season)
    return Trained(
        fitted=_fitted_values(nbd, spend, table),
        metrics=metrics,
        data_hash=hash_rows(
            (number, [repr(value) for value in row])
            for number, row in zip(table.numbers, table.features.tolist(), strict=True)
        ),
        warnings=list(_warnings(nbd, spend, metrics)),
    )


def _median(values: Floats) -> float:
    """Return the nearest-rank median of the values that are not missing; 0 without values."""
    found = np.sort(values[~np.isnan(values)]).tolist()
    return nearest_rank_of(found, 50) if found else 0.0
