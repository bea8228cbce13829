"""Finds the members of a segment with an engine on a shop snapshot instead of in the database.

The engine finds the customers who match the conditions. The database applies scope, includes and
excludes, as of the moment when the members are written, and in the same transaction it evaluates
the customers who have changed since the snapshot (`segments.engine.since_snapshot`). The database
finds all members where the engine cannot translate the conditions, is missing or fails, and
wherever the result might be wrong.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q

from conditions.engines.engine import Engine, EngineFailed, EngineMissing, Session, engine
from conditions.engines.interrupting import interrupting
from conditions.sql.statement import Statement
from conditions.sql.truth import Truth
from customers.changes.declared import marked_by_writers
from customers.models import Customer
from customers.snapshots.checking import check_there
from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import Manifest, read_manifest
from customers.snapshots.scratch import scratch
from segments.engine.marks import FLOOD
from segments.engine.members.stored_members import wanted_by
from segments.engine.refreshes.runs import will_see_owed
from segments.engine.since_snapshot import (
    LATER,
    SnapshotRefused,
    changed_or_moved,
    count_of_changed,
    require_usable,
)
from segments.lease import Progress
from segments.models import FoundCustomer, RefreshRun, RunPhase, Segment
from segments.rules.evaluation.rule import Rule, rule_of
from segments.rules.in_conditions.references import compares_customers, trees_of
from segments.rules.in_conditions.stays import needs_refreshes

if TYPE_CHECKING:
    from conditions.engines.translation import Translated

logger = logging.getLogger(__name__)

TABLE = FoundCustomer._meta.db_table
# Errors that fail a refresh where the engine is `required`; otherwise the database takes over.
FAILURES = (EngineFailed, EngineMissing, SnapshotError)


class NotElsewhere(Exception):
    """The database is to find the members itself. The message is the reason, for the log."""


@dataclass(frozen=True)
class Elsewhere:
    """The name of an engine, and the location of the shop snapshot: a directory or an address.

    `required`: a refresh fails where the engine fails, instead of falling back to the database;
    conditions that the engine cannot translate still go to the database. A snapshot that is older
    than `longest` is not used.
    """

    engine: str
    snapshot: str
    required: bool = False
    longest: timedelta | None = None


@dataclass(frozen=True)
class Found:
    """The customers who match `version` of a segment as of `as_of`: a file with one id per line."""

    engine: str
    as_of: datetime
    version: int
    ids: Path


def unknown_codes() -> set[str]:
    """Return the codes in `settings.REFRESH_ENGINE_SEGMENTS` that no segment has."""
    codes = set(settings.REFRESH_ENGINE_SEGMENTS)
    known = Segment.objects.filter(code__in=codes).values_list("code", flat=True)
    return codes - set(known) if codes else codes


def configured_for(segment: Segment) -> Elsewhere | None:
    """Return the engine that the settings give for `segment`; None: the database."""
    codes = settings.REFRESH_ENGINE_SEGMENTS
    if not settings.REFRESH_ENGINE or (codes and segment.code not in codes):
        return None
    longest = timedelta(hours=settings.SHOP_SNAPSHOT_HOURS)
    return Elsewhere(settings.REFRESH_ENGINE, settings.SHOP_SNAPSHOT, longest=longest)


@contextmanager
def find_members(where: Elsewhere, run: RefreshRun, progress: Progress) -> Iterator[Found]:
    """Find the members for the claimed `run` with the engine; the file is deleted after the block.

    Raises NotElsewhere, InvalidTree, LeaseLost, RunCancelled; and, where the engine is `required`,
    EngineMissing, EngineFailed and SnapshotError.
    """
    with scratch("found") as folder:
        ids = folder / "ids"
        progress(RunPhase.MATCHING, 0, None)
        try:
            one, manifest = engine(where.engine), read_manifest(where.snapshot)
            while True:
                will_see_owed(run)
                segment = Segment.objects.get(pk=run.segment_id)
                trees = trees_of(segment)
                if needs_refreshes(trees) or compares_customers(trees):
                    raise NotElsewhere("what has changed since may concern all customers")
                rule = rule_of(segment)
                _refuse(where, manifest, rule)
                try:
                    check_there(where.snapshot, manifest)
                    _find(one, rule, where.snapshot, manifest, ids, progress)
                    break
                except (EngineFailed, SnapshotError):
                    progress.check()
                    # An erasure replaces files and the manifest: try again with the new one.
                    before, manifest = manifest, read_manifest(where.snapshot)
                    if manifest == before:
                        raise
        except FAILURES as error:
            progress.check()
            raise _failure(where, error) from error
        yield Found(where.engine, manifest.as_of, segment.version, ids)


def _find(
    one: Engine,
    rule: Rule,
    location: str,
    manifest: Manifest,
    ids: Path,
    progress: Progress,
) -> None:
    """Write the ids of the customers that the engine finds to a file.

    The engine is interrupted where the run's lease is lost or the run is cancelled. Raises
    EngineFailed, also where it takes longer than `settings.REFRESH_TIMEOUT_SECONDS`.
    """
    statement = _statement(one, rule, manifest)
    seconds = settings.REFRESH_TIMEOUT_SECONDS
    deadline = time.monotonic() + seconds

    def is_over() -> bool:
        return progress.lost or progress.cancelled or time.monotonic() > deadline

    try:
        with ids.open("w") as file, one.opened(location, manifest, is_over) as session:
            for some in _fetch_ids(session, statement, progress, is_over) if statement else ():
                file.writelines(f"{pk}\n" for pk in some)
    except EngineFailed as error:
        if time.monotonic() > deadline:
            text = f"{one.name} gave no answer within {seconds:g} s (REFRESH_TIMEOUT_SECONDS)"
            raise EngineFailed(text) from error
        raise


def _failure(where: Elsewhere, error: Exception) -> Exception:
    if where.required:
        return error
    logger.error("Members are found in the database: %s: %s", where.engine, error)
    return NotElsewhere(str(error))


def _refuse(where: Elsewhere, manifest: Manifest, rule: Rule) -> None:
    if connection.vendor != "postgresql":
        raise NotElsewhere("engines are for shops on PostgreSQL")
    try:
        require_usable(manifest, where.longest)
    except SnapshotRefused as error:
        raise NotElsewhere(str(error)) from error
    if count_of_changed(rule, manifest.as_of) > max(FLOOD, Customer.objects.count() // 5):
        raise NotElsewhere("too many customers have changed since the shop snapshot")


def _statement(one: Engine, rule: Rule, manifest: Manifest) -> Translated | None:
    """Return the engine's statement for the customers who match; None where nobody can match.

    Raises NotElsewhere where the engine cannot translate the conditions.
    """
    from conditions.engines.translation import EngineCannot, statement_for, translate
    from conditions.sql.portable import portable

    rule = replace(rule, has_overrides=False)
    try:
        with portable():
            statement = statement_for(rule.customers(as_of=manifest.as_of))
        # A writer that marks customers itself only considers the segments that exist then. The
        # marks are incomplete for newer segments, so the writer's tables are excluded.
        others = {str(one.model._meta.db_table) for one in marked_by_writers()}
        return translate(statement, one.dialect, tables=manifest.tables.keys() - others)
    except EmptyResultSet:
        return None
    except EngineCannot as error:
        raise NotElsewhere(str(error)) from error


def _fetch_ids(
    session: Session, statement: Translated, progress: Progress, is_over: Callable[[], bool]
) -> Iterator[list[int]]:
    """Yield the ids in lists; the engine is interrupted once `is_over` returns True."""
    count = 0
    with interrupting(session, is_over):
        for some in session.ids(statement):
            count += len(some)
            progress(RunPhase.MATCHING, count, None)
            yield list(some)


def wanted_statement(rule: Rule, matches: Found, *, at: datetime) -> Statement:
    """Return the statement for the members by `rule`, as `stored_members.wanted_by` does.

    Customers who are unchanged since the snapshot are members if the engine found them. The others
    are evaluated by the database as of `at`, so that nobody leaves because of an old snapshot and
    enters again a moment later. Creates temporary tables: call it once, in the transaction that
    writes, after it has locked the members. Raises NotElsewhere where it is not known any more who
    has changed since the snapshot.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {TABLE} (customer_id BIGINT)")
        with matches.ids.open("rb") as file, cursor.copy(f"COPY {TABLE} FROM STDIN") as copy:
            while part := file.read(1 << 20):
                copy.write(part)
        cursor.execute(f"ANALYZE {TABLE}")
    try:
        later = changed_or_moved(rule, matches.as_of, at)
    except SnapshotRefused as error:
        raise NotElsewhere(str(error)) from error
    matching = Q(pk__in=FoundCustomer.objects.values("customer_id")) & ~Q(pk__in=later)
    as_found = rule.customers_matching(Truth(matching, certain=True))
    judged = rule.customers(as_of=at, only=later)
    statements = [wanted_by(rule.segment_id, some) for some in (as_found, judged)]
    return (
        " UNION ".join(sql for sql, _params in statements),
        [one for _sql, params in statements for one in params],
    )


def forget(matches: Found | None) -> None:
    """Drop the temporary tables of `wanted_statement` at the end of the writing transaction."""
    if matches is not None:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {TABLE}, {LATER}")
