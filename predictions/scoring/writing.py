"""Write scores, and mark the customers whose result of a condition may have changed.

One batch is one transaction: score rows, marks and the queue of waiting customers change together
or not at all. Customers leave the queue before any of their data is read. Each writer locks the
rows of the models, so that of two workers scoring a customer the later one has read the later data.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from conditions.language.windows import LocalClock
from core.clock import now
from core.database.idle_timeouts import is_deadlock
from customers.changes.scored import mark_scored
from customers.models import DirtyCustomer, DirtyReason
from predictions.conditions.flipped import Asked, Questions, questions
from predictions.history.batches import Batch
from predictions.history.raw_columns import Units
from predictions.kinds import Kind, as_of_column, has_own_rows, version_column
from predictions.kinds.kind import DECIMALS, Columns, shown_value
from predictions.models import CustomerPrediction, PredictionModel, RiskHistory
from predictions.scoring.deployed_scorers import NOTHING, Judge, Judged
from predictions.scoring.uplift_rows import mark_uplifts, remove_uplifts, write_uplifts
from predictions.scoring.upsert import upsert

logger = logging.getLogger(__name__)

T = TypeVar("T")
# How often a batch is attempted.
ATTEMPTS = 3
FIELDS = CustomerPrediction._meta.concrete_fields
# All columns, the customer's key first; the position of each; its value in a blank row.
COLUMNS = [one.attname for one in FIELDS]
PLACES = {name: place for place, name in enumerate(COLUMNS)}
DEFAULTS = {name: getattr(NOTHING, name) for name in COLUMNS}
BLANK = [DEFAULTS[name] for name in COLUMNS[1:]]
# Values are read as the `columns` of kinds hold them: decimals as the stored whole numbers.
# Instants are only written back, and are therefore read as the database's text.
READ = [
    Units(name)
    if name in DECIMALS
    else Cast(name, TextField())
    if name.endswith("_as_of")
    else name
    for name in COLUMNS
]


@dataclass
class Counted:
    """The numbers of customers that a model scored, changed, removed and marked."""

    scored: int = 0
    changed: int = 0
    removed: int = 0
    marked: int = 0


@dataclass
class Tally:
    """Counts by model, and the number of customers who were marked for any model."""

    by_model: dict[str, Counted] = field(default_factory=dict)
    marked: int = 0

    def add(self, other: "Tally") -> None:
        """Add the counts of another tally."""
        self.marked += other.marked
        for code, more in other.by_model.items():
            mine = self.by_model.setdefault(code, Counted())
            for name, count in asdict(more).items():
                setattr(mine, name, getattr(mine, name) + count)

    def counts_of(self, code: str) -> Counted:
        """Return the counts of a model."""
        return self.by_model.setdefault(code, Counted())


def in_transaction(work: Callable[[], T]) -> T:
    """Do `work` in a transaction of its own; retry after an integrity error or a deadlock.

    A customer may be deleted while their row is written, or an erasure may wait for the same rows.
    The last of three attempts raises its error.
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
    """Lock the rows of the models until the end of the transaction, and return the models.

    FOR NO KEY UPDATE: others may still insert score rows that refer to the models.
    """
    rows = PredictionModel.objects.select_for_update(of=("self",), no_key=True).select_related(
        "deployed__segment"
    )
    return list(rows.filter(code__in=list(codes)).order_by("pk"))


def write_scores(
    batch: Batch,
    rows: QuerySet[CustomerPrediction],
    judges: Sequence[Judge],
    questions: Questions,
    tally: Tally,
) -> None:
    """Score the customers of `batch`; delete the scores of customers in `rows` but not in `batch`.

    Must be called in a transaction that has called `lock_models`.
    """
    before = {row[0]: row for row in rows.values_list(*READ)}
    written = _Written(batch.keys.tolist(), before)
    judged = Judged(batch)
    of_uplifts = set[int]()
    for judge in judges:
        columns = judged.columns(judge)
        if has_own_rows(judge.kind):
            of_uplifts |= write_uplifts(
                batch, judge, columns[judge.kind.plain], questions, tally.counts_of(judge.code)
            )
        else:
            written.take(judge, columns, batch.as_of, tally)
    changed = [row for row in written.rows if row.changed or row.before is None]
    upsert(CustomerPrediction, ["customer_id"], COLUMNS, (row.after for row in changed))
    _note_risks(changed, batch.as_of)
    gone = before.keys() - written.keys
    turned = _remove(gone, before, judges, questions, tally)
    of_uplifts |= remove_uplifts(gone, questions) if gone else set()
    for row, zone in zip(written.rows, batch.zones, strict=True):
        if row.changed and _may_have_turned(row, zone, questions):
            turned.add(row.after[0])
            for code in row.changed:
                tally.counts_of(code).marked += 1
    mark_scored(sorted(turned), CustomerPrediction, now())
    mark_uplifts(of_uplifts)
    tally.marked += len(turned | of_uplifts)


class _Row:
    """A customer's row before and after scoring, and the codes of models whose scores differ."""

    __slots__ = ("after", "before", "changed")

    def __init__(self, key: int, before: Sequence[Any] | None) -> None:
        self.before = before
        self.after = [key, *BLANK] if before is None else list(before)
        self.changed: list[str] = []


class _Written:
    """The score rows of a batch while they are computed."""

    def __init__(self, keys: Sequence[int], before: Mapping[int, Sequence[Any]]) -> None:
        self.keys = set(keys)
        self.rows = [_Row(key, before.get(key)) for key in keys]

    def take(self, judge: Judge, columns: Columns, as_of: datetime, tally: Tally) -> None:
        """Put a model's columns into the rows where the values or the version differ."""
        counts, kind = tally.counts_of(judge.code), judge.kind
        blank = tuple(DEFAULTS[name] for name in columns)
        places = [PLACES[name] for name in (*columns, *_beside(kind))]
        now_beside = _beside_of(judge)
        at = PLACES[as_of_column(kind)]
        stored = itemgetter(*places)
        for row, values in zip(self.rows, zip(*columns.values(), strict=True), strict=True):
            is_scored = values != blank
            counts.scored += is_scored
            found = (*values, *(now_beside if is_scored else (None,) * len(now_beside)))
            if stored(row.after) == found:
                continue
            for place, value in zip(places, found, strict=True):
                row.after[place] = value
            row.after[at] = as_of
            counts.changed += 1
            row.changed.append(judge.code)


def _beside(kind: Kind) -> tuple[str, ...]:
    """Return the columns that hold the version, and for `clv` the model, that wrote the scores."""
    return (version_column(kind), *(("clv_model_id",) if kind.code == "clv" else ()))


def _beside_of(judge: Judge) -> tuple[int, ...]:
    """Return the values of the columns of `_beside` for scores by `judge`."""
    return (judge.version.number, *((judge.model.pk,) if judge.kind.code == "clv" else ()))


def _may_have_turned(row: _Row, zone: str, asked: Questions) -> bool:
    before = row.before or [row.after[0], *BLANK]
    if all(before[PLACES[name]] == row.after[PLACES[name]] for name in asked.columns):
        return False
    clock = LocalClock(now(), zone)
    return asked.may_have_turned(_as_object(before), _as_object(row.after), clock)


def _as_object(row: Sequence[Any]) -> CustomerPrediction:
    pairs = zip(COLUMNS, row, strict=True)
    return CustomerPrediction(**{name: shown_value(name, value) for name, value in pairs})


def _note_risks(rows: Iterable[_Row], as_of: datetime) -> None:
    """Add new and changed churn risks to the risk history."""
    risk, version = PLACES["churn_risk"], PLACES["churn_version"]
    found = [
        (row.after[0], as_of, row.after[risk], row.after[version] or 0)
        for row in rows
        if row.after[risk] is not None
        and (
            row.before is None
            or row.before[risk] != row.after[risk]
            or row.before[version] != row.after[version]
        )
    ]
    if found:
        names = ["customer_id", "at", "churn_risk", "version"]
        upsert(RiskHistory, ["customer_id", "at"], names, found)


def _remove(
    gone: Collection[int],
    before: Mapping[int, Sequence[Any]],
    judges: Iterable[Judge],
    asked: Questions,
    tally: Tally,
) -> set[int]:
    """Delete the scores and risk history of customers who have left the population.

    Return the keys of customers whose result of a condition may have changed.
    """
    if not gone:
        return set()
    for judge in judges:
        tally.counts_of(judge.code).removed += len(gone)
    CustomerPrediction.objects.filter(pk__in=list(gone)).delete()
    RiskHistory.objects.filter(customer__in=list(gone)).delete()
    clock = LocalClock(now(), "UTC")
    return {key for key in gone if asked.may_have_turned(_as_object(before[key]), NOTHING, clock)}


def mark_if_asked_since(answered: frozenset[Asked | str]) -> None:
    """Mark all customers if active segments ask a condition that some batch did not compare.

    Such a segment was saved while scores were written, so that its first refresh may have read
    scores from before or after the change.
    """
    if questions().keys - answered:
        DirtyCustomer.objects.create(customer_id=None, reason=DirtyReason.EVENT, at=now())


def mark_if_days_are_counted(kinds: Collection[str]) -> None:
    """Mark all customers after a `clv` scoring if a segment asks how long ago they were scored."""
    if "clv" in kinds and questions().counts_days:
        DirtyCustomer.objects.create(customer_id=None, reason=DirtyReason.EVENT, at=now())
