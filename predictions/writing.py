"""Writes the scores of some customers, and marks for whom that may turn a condition.

One batch is one transaction: rows, marks and the list of those who wait change together, or not at
all. Who waits is taken off the list before anything is read of them. Whoever writes holds the rows
of the models, so that of two who score the same customer the later one has read the later data.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet

from conditions.language.windows import LocalClock
from customers.clock import now
from customers.models import DirtyCustomer, DirtyReason
from customers.silence import is_deadlock
from predictions.histories import Batch
from predictions.judges import NOTHING, Judge, Judged
from predictions.kinds import Kind, as_of_column, version_column
from predictions.models import CustomerPrediction, PredictionModel, RiskHistory
from predictions.turned import Asked, Questions, questions

logger = logging.getLogger(__name__)

T = TypeVar("T")
# So often a batch is tried.
ATTEMPTS = 3
COLUMNS = [one.attname for one in CustomerPrediction._meta.concrete_fields if not one.primary_key]


@dataclass
class Counted:
    """How many customers have a score of a model, have another, lost theirs, were marked."""

    scored: int = 0
    changed: int = 0
    removed: int = 0
    marked: int = 0


@dataclass
class Tally:
    """Counts by model, and how many customers were marked at all."""

    by_model: dict[str, Counted] = field(default_factory=dict)
    marked: int = 0

    def add(self, other: "Tally") -> None:
        """Add what was counted elsewhere."""
        self.marked += other.marked
        for code, more in other.by_model.items():
            mine = self.by_model.setdefault(code, Counted())
            for name, count in asdict(more).items():
                setattr(mine, name, getattr(mine, name) + count)

    def of(self, code: str) -> Counted:
        """Return the counts of a model."""
        return self.by_model.setdefault(code, Counted())


def in_transaction(work: Callable[[], T]) -> T:
    """Do `work` in a transaction of its own, once more where it met others' and was undone.

    Somebody may be deleted whose row is written, or be erased by who waits for the same rows.
    """
    for _attempt in range(ATTEMPTS - 1):
        try:
            with transaction.atomic():
                return work()
        except IntegrityError:
            logger.warning("A customer was deleted while scores were written; it is done again")
        except OperationalError as error:
            if not is_deadlock(error):
                raise
            logger.warning("Scores met another transaction; it is done again")
    with transaction.atomic():
        return work()


def lock_models(codes: Iterable[str]) -> list[PredictionModel]:
    """Hold the rows of the models to the end of the transaction, and return them."""
    rows = PredictionModel.objects.select_for_update(of=("self",)).select_related(
        "deployed__segment"
    )
    return list(rows.filter(code__in=list(codes)).order_by("pk"))


def write_scores(
    batch: Batch,
    rows: QuerySet[CustomerPrediction],
    judges: Sequence[Judge],
    asked: Questions,
    tally: Tally,
) -> None:
    """Score the customers of `batch`; whose are among `rows` and who is not in it loses theirs.

    To be called in a transaction that has called `lock_models`.
    """
    known = {row.customer_id: row for row in rows}
    scored = [_Scored(one.zone, known.pop(one.key, None), one.key) for one in batch.people]
    judged = Judged(batch)
    for judge in judges:
        for one, values in zip(scored, judged.rows(judge), strict=True):
            one.take(judge, values, batch.as_of, tally)
    _upsert([one.after for one in scored if one.changed or one.before is None])
    _note_risks(scored, batch.as_of)
    turned = _remove(known, judges, asked, tally)
    for one in scored:
        if not one.changed:
            continue
        clock = LocalClock(now(), one.zone)
        if asked.may_have_turned(one.before or NOTHING, one.after, clock):
            turned.add(one.after.customer_id)
            for code in one.changed:
                tally.of(code).marked += 1
    _mark(sorted(turned), tally)


class _Scored:
    """A customer's row before and after, and the models whose scores differ."""

    def __init__(self, zone: str, before: CustomerPrediction | None, key: int) -> None:
        self.zone = zone
        self.before = before
        values = {} if before is None else {column: getattr(before, column) for column in COLUMNS}
        self.after = CustomerPrediction(customer_id=key, **values)
        self.changed: list[str] = []

    def take(self, judge: Judge, values: Mapping[str, Any], as_of: datetime, tally: Tally) -> None:
        """Write the columns of a model into the row, where they or their version differ."""
        kind, counts = judge.kind, tally.of(judge.code)
        is_scored = any(value not in (None, "") for value in values.values())
        counts.scored += is_scored
        columns = dict(values) | {version_column(kind): judge.version.number if is_scored else None}
        if kind.code == "clv":
            columns["clv_model_id"] = judge.model.pk if is_scored else None
        if all(getattr(self.after, column) == value for column, value in columns.items()):
            return
        for column, value in (columns | {as_of_column(kind): as_of}).items():
            setattr(self.after, column, value)
        counts.changed += 1
        self.changed.append(judge.code)


def _upsert(rows: Sequence[CustomerPrediction]) -> None:
    CustomerPrediction.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer"], update_fields=COLUMNS
    )


def _note_risks(scored: Iterable[_Scored], as_of: datetime) -> None:
    """Keep the churn risks that are new, beside what they were before."""
    RiskHistory.objects.bulk_create(
        (
            RiskHistory(
                customer_id=one.after.customer_id,
                at=as_of,
                churn_risk=one.after.churn_risk,
                version=one.after.churn_version or 0,
            )
            for one in scored
            if one.after.churn_risk is not None
            and (
                one.before is None
                or one.before.churn_risk != one.after.churn_risk
                or one.before.churn_version != one.after.churn_version
            )
        ),
        update_conflicts=True,
        unique_fields=["customer", "at"],
        update_fields=["churn_risk", "version"],
    )


def _remove(
    gone: Mapping[int, CustomerPrediction],
    judges: Iterable[Judge],
    asked: Questions,
    tally: Tally,
) -> set[int]:
    """Delete all about who is no longer of the population; return for whom that may count."""
    if not gone:
        return set()
    for judge in judges:
        tally.of(judge.code).removed += len(gone)
    CustomerPrediction.objects.filter(pk__in=list(gone)).delete()
    RiskHistory.objects.filter(customer__in=list(gone)).delete()
    clock = LocalClock(now(), "UTC")
    return {key for key, row in gone.items() if asked.may_have_turned(row, NOTHING, clock)}


def _mark(keys: Sequence[int], tally: Tally) -> None:
    tally.marked += len(keys)
    at: datetime = now()
    # As those whom time has moved: no data of theirs has changed, and their roll-ups are right.
    DirtyCustomer.objects.bulk_create(
        DirtyCustomer(customer_id=key, reason=DirtyReason.TIME, is_rolled_up=True, at=at)
        for key in keys
    )


def mark_if_asked_since(answered: frozenset[Asked | str]) -> None:
    """Mark everybody where a segment has come to ask what no batch was held against.

    It was saved while scores were written, and its first refresh may have seen either.
    """
    if questions().keys - answered:
        DirtyCustomer.objects.create(customer_id=None, reason=DirtyReason.EVENT, at=now())


def mark_if_days_are_counted(kinds: Collection[Kind]) -> None:
    """Mark everybody where a segment asks how long ago they were scored, and they have been now."""
    if any(kind.code == "clv" for kind in kinds) and questions().counts_days:
        DirtyCustomer.objects.create(customer_id=None, reason=DirtyReason.EVENT, at=now())
