"""Writes the scores of some customers, and marks for whom that may turn a condition.

One batch is one transaction: rows, marks and the list of those who wait change together, or not at
all. Who waits is taken off the list before anything is read of them. Whoever writes holds the rows
of the models, so that of two who score the same customer the later one has read the later data.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet

from conditions.language.windows import LocalClock
from customers.clock import now
from customers.models import DirtyCustomer, DirtyReason
from customers.silence import is_deadlock
from predictions.features.subject import Subject
from predictions.histories import Batch, CustomerToday
from predictions.kinds import Kind
from predictions.models import CustomerPrediction, PredictionModel
from predictions.shop_figures import ShopFigures
from predictions.turned import Asked, Questions, questions

logger = logging.getLogger(__name__)

T = TypeVar("T")
# So often a batch is tried.
ATTEMPTS = 3
NOTHING = CustomerPrediction()
COLUMNS = [one.name for one in CustomerPrediction._meta.concrete_fields if not one.primary_key]


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

    def of(self, kind: Kind) -> Counted:
        """Return the counts of a model."""
        return self.by_model.setdefault(kind.code, Counted())


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


def lock_models(kinds: Iterable[Kind]) -> list[PredictionModel]:
    """Hold the rows of the models to the end of the transaction, and return them."""
    rows = PredictionModel.objects.select_for_update()
    return list(rows.filter(code__in=[kind.code for kind in kinds]).order_by("pk"))


def write_scores(
    batch: Batch,
    rows: QuerySet[CustomerPrediction],
    kinds: Mapping[Kind, ShopFigures],
    asked: Questions,
    tally: Tally,
) -> None:
    """Score the customers of `batch`; whose are among `rows` and who is not in it loses theirs.

    `kinds` are judged by these figures of the shop. To be called in a transaction that has called
    `lock_models`.
    """
    known = {row.customer_id: row for row in rows}
    scored = [
        _scored(person, batch, kinds, known.pop(person.key, None), tally) for person in batch.people
    ]
    _upsert([one.after for one in scored if one.changed or one.before is None])
    turned = _remove(known, kinds, asked, tally)
    for one in scored:
        if not one.changed:
            continue
        clock = LocalClock(now(), one.zone)
        if asked.may_have_turned(one.before or NOTHING, one.after, clock):
            turned.add(one.after.customer_id)
            for kind in one.changed:
                tally.of(kind).marked += 1
    _mark(sorted(turned), tally)


@dataclass(frozen=True)
class _Scored:
    """A customer's row before and after, and the models whose scores differ."""

    zone: str
    before: CustomerPrediction | None
    after: CustomerPrediction
    changed: Sequence[Kind]


def _scored(
    person: CustomerToday,
    batch: Batch,
    kinds: Mapping[Kind, ShopFigures],
    before: CustomerPrediction | None,
    tally: Tally,
) -> _Scored:
    after = _copy(before, person.key)
    changed = []
    subjects = {shop: Subject(person, batch, shop) for shop in kinds.values()}
    for kind, shop in kinds.items():
        values = kind.values(subjects[shop])
        counts = tally.of(kind)
        counts.scored += any(value not in (None, "") for value in values.values())
        if all(getattr(after, column) == value for column, value in values.items()):
            continue
        for column, value in (values | {kind.as_of_column: batch.as_of}).items():
            setattr(after, column, value)
        counts.changed += 1
        changed.append(kind)
    return _Scored(person.zone, before, after, changed)


def _copy(row: CustomerPrediction | None, key: int) -> CustomerPrediction:
    values = {} if row is None else {column: getattr(row, column) for column in COLUMNS}
    return CustomerPrediction(customer_id=key, **values)


def _upsert(rows: Sequence[CustomerPrediction]) -> None:
    CustomerPrediction.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer"], update_fields=COLUMNS
    )


def _remove(
    gone: Mapping[int, CustomerPrediction],
    kinds: Iterable[Kind],
    asked: Questions,
    tally: Tally,
) -> set[int]:
    """Delete the rows of who is no longer of the population; return for whom that may count."""
    if not gone:
        return set()
    for kind in kinds:
        tally.of(kind).removed += len(gone)
    CustomerPrediction.objects.filter(pk__in=list(gone)).delete()
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
