"""Trains an uplift: who was contacted and who was not, as they were the day before, and after.

A customer's features are those at the end of the day before the first touch, in the time zone of
their website, so that nothing that the contact has brought is among them. The outcome lies from the
touch until just before the window's end; customers whose window is not over are left out, as are
those who refuse personalization.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.utils.translation import gettext_noop

from conditions.language.windows import local_date, start_of_day
from core.text.hashes import BUCKETS, bucket
from core.text.sentences import Sentence
from predictions.features.subjects import Subjects
from predictions.history.batches import BATCH, batch_of
from predictions.history.population import population, sales
from predictions.kinds.fitting.matrix import Matrix, Outcomes, Scaling
from predictions.kinds.fitting.rows import buyers, hash_rows
from predictions.kinds.fitting.sample import Sample
from predictions.kinds.trained import Input, Metric, Steps, Trained, Wanted
from predictions.kinds.uplift.declaration import VISIT
from predictions.kinds.uplift.trials import VISITS, Contact, checked_trial
from predictions.kinds.uplift.two_models import (
    cross_fitted,
    difference,
    fit_two,
    metrics_of,
)
from predictions.models import TrainingStep
from predictions.refusals import Refused

FEWEST_CUSTOMERS, FEWEST_SUCCESSES = 1_000, 50
# The most units to learn from.
MOST = 200_000
SALT = "uplift"
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class _Unit:
    """A customer of the trial, and whether the outcome came."""

    key: int
    contact: Contact
    zone: str
    is_success: bool


@dataclass(frozen=True)
class _Rows:
    """The customers of the trial by number: features (rows, features), groups and outcomes."""

    numbers: Sequence[str]
    values: Matrix
    treated: Outcomes
    outcome: Outcomes

    def data_hash(self) -> str:
        """Return the sha256 of the rows."""
        rows = zip(
            *(self.numbers, self.values.tolist(), self.treated.tolist(), self.outcome.tolist()),
            strict=True,
        )
        return hash_rows(
            (number, [*map(repr, row), repr(treated), repr(outcome)])
            for number, row, treated, outcome in rows
        )


def evaluate_uplift(
    wanted: Wanted, step: Steps, inputs: Sequence[Input]
) -> Sequence[Metric] | None:
    """Return the metrics as of `wanted.as_of`; None where a half has one outcome only."""
    return _measure_uplift(_rows(wanted, step, inputs), step)


def train_uplift(wanted: Wanted, step: Steps, inputs: Sequence[Input]) -> Trained:
    """Measure by halves, and fit on everybody, as of `wanted.as_of`."""
    rows = _rows(wanted, step, inputs)
    metrics = _measure_uplift(rows, step)
    step(TrainingStep.FIT, 0, None)
    models = fit_two(Scaling.fit(rows.values), rows.values, rows.treated, rows.outcome)
    return Trained(
        fitted={
            "window_days": wanted.parameters["window_days"],
            "contacted": int(rows.treated.sum()),
            "held_out": int((~rows.treated).sum()),
            "average_uplift": difference(rows.treated, rows.outcome),
        },
        metrics=metrics,
        data_hash=rows.data_hash(),
        artifact=models.as_plain(),
    )


def _measure_uplift(rows: _Rows, step: Steps) -> list[Metric] | None:
    step(TrainingStep.EVALUATE, 0, None)
    is_first = np.array([bucket(SALT, one) < BUCKETS // 2 for one in rows.numbers])
    scores = cross_fitted(rows.values, rows.treated, rows.outcome, is_first)
    if scores is None:
        return None
    return metrics_of(scores, rows.treated, rows.outcome, rows.numbers)


def _rows(wanted: Wanted, step: Steps, inputs: Sequence[Input]) -> _Rows:
    """Return the rows; raises `Refused`: `no_control`, `too_few`, `one_outcome_only`."""
    step(TrainingStep.FEATURES, 0, None)
    chosen = _sample_customers(wanted, step)
    _check_size([unit for _number, unit in chosen])
    days = defaultdict[datetime, list[_Unit]](list)
    for _number, unit in chosen:
        days[_day_before(unit.contact.at, unit.zone)].append(unit)
    # The figures of the shop, too, are those from before anybody was contacted.
    shop, _everybody = buyers(min(days), None)
    values: dict[int, Matrix] = {}
    for as_of, units in sorted(days.items()):
        for start in range(0, len(units), BATCH):
            step(TrainingStep.FEATURES, len(values), len(chosen))
            keys = [unit.key for unit in units[start : start + BATCH]]
            people = population(wanted.as_of, wanted.segment).filter(pk__in=keys)
            them = Subjects(batch_of(people, as_of), shop)
            rows = np.column_stack([feature.of(them).floats() for feature in inputs])
            values.update(zip(them.batch.keys.tolist(), rows, strict=True))
    # Customers who were deleted meanwhile are left out.
    left = [(number, unit) for number, unit in chosen if unit.key in values]
    return _Rows(
        [number for number, _unit in left],
        np.array([values[unit.key] for _number, unit in left]).reshape(len(left), len(inputs)),
        np.array([unit.contact.is_treated for _number, unit in left], dtype=np.bool_),
        np.array([unit.is_success for _number, unit in left], dtype=np.bool_),
    )


def _sample_customers(wanted: Wanted, step: Steps) -> list[tuple[str, _Unit]]:
    """Return the customers of the trial whose window is over, in the order of their numbers."""
    trial = checked_trial(wanted.parameters["campaign"] or "")
    if trial is None:
        text = gettext_noop("The campaign or experiment is no longer there.")
        raise Refused("unknown_campaign", Sentence(text, {}))
    window = timedelta(days=wanted.parameters["window_days"])
    outcome, done = wanted.parameters["outcome"], 0
    found = Sample[_Unit](MOST)
    for contacts in trial.contacts(wanted.as_of - window):
        step(TrainingStep.FEATURES, done, None)
        done += len(contacts)
        people = population(wanted.as_of, wanted.segment).filter(pk__in=list(contacts))
        rows = list(people.values_list("pk", "external_id", "website__timezone"))
        successes = _successes({key: contacts[key] for key, *_more in rows}, window, outcome)
        for key, number, zone in rows:
            if found.wants(number):
                found.add(number, _Unit(key, contacts[key], zone, key in successes))
    return found.rows()


def _successes(contacts: Mapping[int, Contact], window: timedelta, outcome: str) -> set[int]:
    """Return the keys of the customers whose outcome came within the window."""
    if not contacts:
        return set()
    keys, times = list(contacts), [one.at for one in contacts.values()]
    since, until = min(times), max(times) + window
    rows: Iterable[tuple[int, datetime]]
    if outcome == VISIT:
        rows = (row for source in VISITS for row in source.rows(keys, since, until))
    else:
        bought = sales(until).filter(customer__in=keys, created_at__gte=since)
        rows = bought.values_list("customer", "created_at").iterator()
    return {key for key, at in rows if timedelta() <= at - contacts[key].at < window}


def _check_size(units: Sequence[_Unit]) -> None:
    for is_treated in (True, False):
        group = [one for one in units if one.contact.is_treated == is_treated]
        successes = sum(one.is_success for one in group)
        if len(group) < FEWEST_CUSTOMERS or successes < FEWEST_SUCCESSES:
            text = gettext_noop(
                "A group has %(customers)s customers whose window is over, of them %(successes)s "
                "with the outcome: %(fewest)s and %(few)s are needed in each."
            )
            numbers = {
                "customers": len(group),
                "successes": successes,
                "fewest": FEWEST_CUSTOMERS,
                "few": FEWEST_SUCCESSES,
            }
            raise Refused("too_few", Sentence(text, numbers))
        if successes == len(group):
            text = gettext_noop(
                "Everybody came back, or nobody did: there is nothing to tell customers apart by."
            )
            raise Refused("one_outcome_only", Sentence(text, {}))


def _day_before(at: datetime, zone: str) -> datetime:
    """Return the last instant of the day before `at` in the time zone `zone`."""
    begins = start_of_day(local_date(at, zone), zone)
    assert begins is not None, "nobody is contacted on the first day of the calendar"
    return begins - INSTANT
