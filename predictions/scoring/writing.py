"""Writes the scores of some customers, and marks for whom that may turn a condition.

One batch is one transaction: rows, marks and the list of those who wait change together, or not at
all. Who waits is taken off the list before anything is read of them. Whoever writes holds the rows
of the models, so that of two who score the same customer the later one has read the later data.
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
from core.database.silence import is_deadlock
from customers.changes.scored import mark_scored
from customers.models import DirtyCustomer, DirtyReason
from predictions.conditions.flipped import Asked, Questions, questions
from predictions.history.batches import Batch
from predictions.history.raw_columns import Units
from predictions.kinds import Kind, as_of_column, has_own_rows, version_column
from predictions.kinds.kind import DECIMALS, Columns, shown
from predictions.models import CustomerPrediction, PredictionModel, RiskHistory
from predictions.scoring.deployed_scorers import NOTHING, Judge, Judged
from predictions.scoring.uplift_rows import mark_uplifts, remove_uplifts, write_uplifts
from predictions.scoring.upsert import upsert

logger = logging.getLogger(__name__)

T = TypeVar("T")
# So often a batch is tried.
ATTEMPTS = 3
FIELDS = CustomerPrediction._meta.concrete_fields
# All columns, the customer's key before the others; where each stands; what it is for nobody.
COLUMNS = [one.attname for one in FIELDS]
PLACES = {name: place for place, name in enumerate(COLUMNS)}
DEFAULTS = {name: getattr(NOTHING, name) for name in COLUMNS}
BLANK = [DEFAULTS[name] for name in COLUMNS[1:]]
# As `columns` of kinds have them: decimals as the whole numbers as which they are stored. Instants,
# which are written back only, as the database's texts.
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
    """Hold the rows of the models to the end of the transaction, and return them.

    Rows of scores may refer to them all the same.
    """
    rows = PredictionModel.objects.select_for_update(of=("self",), no_key=True).select_related(
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
    before = {row[0]: row for row in rows.values_list(*READ)}
    written = _Written(batch.keys.tolist(), before)
    judged = Judged(batch)
    of_uplifts = set[int]()
    for judge in judges:
        columns = judged.columns(judge)
        if has_own_rows(judge.kind):
            of_uplifts |= write_uplifts(
                batch, judge, columns[judge.kind.plain], asked, tally.of(judge.code)
            )
        else:
            written.take(judge, columns, batch.as_of, tally)
    changed = [row for row in written.rows if row.changed or row.before is None]
    upsert(CustomerPrediction, ["customer_id"], COLUMNS, (row.after for row in changed))
    _note_risks(changed, batch.as_of)
    gone = before.keys() - written.keys
    turned = _remove(gone, before, judges, asked, tally)
    of_uplifts |= remove_uplifts(gone, asked) if gone else set()
    for row, zone in zip(written.rows, batch.zones, strict=True):
        if row.changed and _may_have_turned(row, zone, asked):
            turned.add(row.after[0])
            for code in row.changed:
                tally.of(code).marked += 1
    mark_scored(sorted(turned), CustomerPrediction, now())
    mark_uplifts(of_uplifts)
    tally.marked += len(turned | of_uplifts)


class _Row:
    """A customer's row before and after, and the models whose scores differ."""

    __slots__ = ("after", "before", "changed")

    def __init__(self, key: int, before: Sequence[Any] | None) -> None:
        self.before = before
        self.after = [key, *BLANK] if before is None else list(before)
        self.changed: list[str] = []


class _Written:
    """The rows of some customers, as they are written."""

    def __init__(self, keys: Sequence[int], before: Mapping[int, Sequence[Any]]) -> None:
        self.keys = set(keys)
        self.rows = [_Row(key, before.get(key)) for key in keys]

    def take(self, judge: Judge, columns: Columns, as_of: datetime, tally: Tally) -> None:
        """Write the columns of a model into the rows, where they or their version differ."""
        counts, kind = tally.of(judge.code), judge.kind
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
    """Return the columns that say who wrote those of a kind."""
    return (version_column(kind), *(("clv_model_id",) if kind.code == "clv" else ()))


def _beside_of(judge: Judge) -> tuple[int, ...]:
    """Return what stands there where a judge has."""
    return (judge.version.number, *((judge.model.pk,) if judge.kind.code == "clv" else ()))


def _may_have_turned(row: _Row, zone: str, asked: Questions) -> bool:
    before = row.before or [row.after[0], *BLANK]
    if all(before[PLACES[name]] == row.after[PLACES[name]] for name in asked.columns):
        return False
    clock = LocalClock(now(), zone)
    return asked.may_have_turned(_as_object(before), _as_object(row.after), clock)


def _as_object(row: Sequence[Any]) -> CustomerPrediction:
    pairs = zip(COLUMNS, row, strict=True)
    return CustomerPrediction(**{name: shown(name, value) for name, value in pairs})


def _note_risks(rows: Iterable[_Row], as_of: datetime) -> None:
    """Keep the churn risks that are new, beside what they were before."""
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
    """Delete all about who is no longer of the population; return for whom that may count."""
    if not gone:
        return set()
    for judge in judges:
        tally.of(judge.code).removed += len(gone)
    CustomerPrediction.objects.filter(pk__in=list(gone)).delete()
    RiskHistory.objects.filter(customer__in=list(gone)).delete()
    clock = LocalClock(now(), "UTC")
    return {key for key in gone if asked.may_have_turned(_as_object(before[key]), NOTHING, clock)}


def mark_if_asked_since(answered: frozenset[Asked | str]) -> None:
    """Mark everybody where a segment has come to ask what no batch was held against.

    It was saved while scores were written, and its first refresh may have seen either.
    """
    if questions().keys - answered:
        DirtyCustomer.objects.create(customer_id=None, reason=DirtyReason.EVENT, at=now())


def mark_if_days_are_counted(kinds: Collection[str]) -> None:
    """Mark everybody where a segment asks how long ago they were scored, and they have been now."""
    if "clv" in kinds and questions().counts_days:
        DirtyCustomer.objects.create(customer_id=None, reason=DirtyReason.EVENT, at=now())
