"""Write the uplifts of customers: one row per customer and model."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from conditions.language.windows import LocalClock
from core.clock import now
from core.database.fields import from_units
from customers.changes.scored import mark_scored
from predictions.conditions.flipped import Questions
from predictions.history.batches import Batch
from predictions.history.raw_columns import Units
from predictions.kinds.kind import Stored
from predictions.models import UpliftScore
from predictions.scoring.deployed_scorers import Judge
from predictions.scoring.upsert import upsert

if TYPE_CHECKING:
    from predictions.scoring.writing import Counted

UNIQUE = ("customer_id", "model_id")
COLUMNS = (*UNIQUE, "uplift", "as_of", "version")


def write_uplifts(
    batch: Batch, judge: Judge, values: Sequence[Stored], questions: Questions, counts: "Counted"
) -> set[int]:
    """Write a batch's uplifts by one model; return the keys of customers to re-evaluate.

    These are the internal keys of customers whose result of a condition may have changed.
    `values` are in units of 1/10,000, None for customers outside the version's population.
    """
    keys, number = batch.keys.tolist(), judge.version.number
    if not keys:
        return set()
    stored = UpliftScore.objects.filter(batch.whose("customer"), model=judge.model)
    before = {
        key: (units, version)
        for key, units, version in stored.values_list("customer_id", Units("uplift"), "version")
    }
    after = {key: value for key, value in zip(keys, values, strict=True) if value is not None}
    changed = {key: value for key, value in after.items() if before.get(key) != (value, number)}
    rows = ([key, judge.model.pk, value, batch.as_of, number] for key, value in changed.items())
    if changed:
        upsert(UpliftScore, UNIQUE, COLUMNS, rows)
    gone = [key for key in before if key not in after]
    if gone:
        UpliftScore.objects.filter(customer__in=gone, model=judge.model).delete()
    counts.scored += len(after)
    counts.changed += len(changed)
    counts.removed += len(gone)
    turned, clock = set(), LocalClock(now(), "UTC")
    for key in [*changed, *gone]:
        was, became = before.get(key, (None, 0))[0], after.get(key)
        if was != became and questions.uplift_may_have_turned(
            judge.code,
            None if was is None else from_units(was),
            from_units(became) if isinstance(became, int) else None,
            clock,
        ):
            turned.add(key)
    counts.marked += len(turned)
    return turned


def remove_uplifts(customers: Collection[int], questions: Questions) -> set[int]:
    """Delete all uplifts of `customers` (internal keys).

    Return the keys of those who had an uplift that a condition of an active segment reads.
    """
    rows = UpliftScore.objects.filter(customer__in=list(customers))
    of_asked = rows.filter(model__code__in=list(questions.uplift_models))
    turned = (
        set(of_asked.values_list("customer_id", flat=True)) if questions.uplift_models else set()
    )
    rows.delete()
    return turned


def mark_uplifts(customers: Collection[int]) -> None:
    """Mark `customers` (internal keys) for the segments that read uplifts."""
    if customers:
        mark_scored(sorted(customers), UpliftScore, now())
