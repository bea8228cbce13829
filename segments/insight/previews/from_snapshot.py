"""The results of a preview from an engine on a shop snapshot: exact, as of the snapshot's moment.

The database computes the preview where the engine cannot translate the conditions, is missing or
fails, and wherever its result might be wrong: no preview fails because of the engine.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import EmptyResultSet

from conditions.engines.engine import Engine, EngineFailed, EngineMissing, Session, engine
from conditions.sql.portable import portable
from conditions.sql.scope import context_at
from conditions.sql.statement import statement_of
from core.database.time_limit import time_limit
from customers.models import Customer
from customers.snapshots.errors import SnapshotError
from customers.snapshots.manifest import Manifest, read_manifest
from segments.database.engine_limit import engine_limit
from segments.engine.since_snapshot import SnapshotRefused, require_usable
from segments.insight.previews.node_counts import CountedNodes, NodeCount, counted_nodes
from segments.rules.evaluation.rule import Rule

if TYPE_CHECKING:
    from conditions.engines.translation import Translated

logger = logging.getLogger(__name__)


class NotFromSnapshot(Exception):
    """The database is to compute the preview; the message is the reason, for the log."""


@dataclass(frozen=True)
class _Statements:
    """The statements for the engine; None where a result is empty or not requested."""

    chosen: Translated | None
    scope: Translated | None
    counting: Translated | None
    nodes: CountedNodes


@dataclass(frozen=True)
class FromSnapshot:
    """See `Answers`; raises EngineFailed as well."""

    engine: str
    as_of: datetime
    session: Session
    statements: _Statements

    def count_and_list(self, limit: int, deadline: float) -> tuple[int, tuple[Customer, ...]]:
        from conditions.engines.translation import count_and_first

        chosen = self.statements.chosen
        if not limit or chosen is None:
            return self._count(chosen, deadline), ()
        with engine_limit(self.session, deadline):
            rows = self.session.rows(count_and_first(chosen, limit))
        with time_limit(deadline):
            # Customers who were deleted meanwhile are not shown.
            first = Customer.objects.filter(pk__in=[pk for _count, pk in rows]).order_by("pk")
            return (rows[0][0] if rows else 0), tuple(first)

    def scope_count(self, deadline: float) -> int:
        return self._count(self.statements.scope, deadline)

    def node_counts(self, deadline: float) -> list[NodeCount]:
        assert self.statements.counting is not None, "asked for, of a scope that may have somebody"
        with engine_limit(self.session, deadline):
            (row,) = self.session.rows(self.statements.counting)
        return self.statements.nodes.counts_of_row(row)

    def _count(self, ids: Translated | None, deadline: float) -> int:
        from conditions.engines.translation import count_of

        if ids is None:
            return 0
        with engine_limit(self.session, deadline):
            ((count,),) = self.session.rows(count_of(ids))
        return count


@contextmanager
def from_snapshot(rule: Rule, *, as_of: datetime | None, counts: bool) -> Iterator[FromSnapshot]:
    """Yield the results of `settings.PREVIEW_ENGINE` for `rule`, as of the shop snapshot's moment.

    `as_of` is None where any recent moment is acceptable. Raises NotFromSnapshot where the engine
    cannot compute the preview, also where it fails in the block.
    """
    try:
        one = engine(settings.PREVIEW_ENGINE)
        manifest = _read_manifest()
    except (EngineMissing, SnapshotError) as error:
        raise _failure(error) from error
    _refuse(manifest, as_of)
    statements = _statements(rule, manifest, one, counts=counts)
    from conditions.engines.open_snapshot import open_session

    try:
        with open_session(settings.SHOP_SNAPSHOT, manifest) as session:
            yield FromSnapshot(one.name, manifest.as_of, session, statements)
    except (EngineFailed, SnapshotError, OSError) as error:
        raise _failure(error) from error


def _failure(error: Exception) -> NotFromSnapshot:
    logger.warning("A preview is asked of the database: %s", error)
    return NotFromSnapshot(str(error))


def _refusal(why: object) -> NotFromSnapshot:
    logger.info("A preview is asked of the database: %s", why)
    return NotFromSnapshot(str(why))


def _read_manifest() -> Manifest:
    from conditions.engines.open_snapshot import close_open_snapshot

    try:
        return read_manifest(settings.SHOP_SNAPSHOT)
    except SnapshotError:
        close_open_snapshot()
        raise


def _refuse(manifest: Manifest, as_of: datetime | None) -> None:
    if as_of is not None and as_of != manifest.as_of:
        raise _refusal("it is about another moment than the shop snapshot")
    try:
        require_usable(manifest, timedelta(hours=settings.SHOP_SNAPSHOT_HOURS))
    except SnapshotRefused as error:
        raise _failure(error) from error


def _statements(rule: Rule, manifest: Manifest, one: Engine, *, counts: bool) -> _Statements:
    """Return the statements for the engine; shop snapshots have no includes, excludes and lists."""
    from conditions.engines.translation import EngineCannot, statement_for, translate, whole

    def translate_statement(statement: Callable[[], str]) -> Translated | None:
        try:
            return translate(statement(), one.dialect, tables=manifest.tables)
        except EmptyResultSet:
            return None

    as_of, scope = manifest.as_of, rule.scope
    with portable():
        nodes = counted_nodes(rule.tree, scope.q, context_at(as_of, scope))
        try:
            return _Statements(
                chosen=translate_statement(lambda: statement_for(rule.customers(as_of=as_of))),
                scope=translate_statement(lambda: statement_for(Customer.objects.filter(scope.q))),
                counting=translate_statement(
                    lambda: nodes.counting(whole(statement_of(nodes.customers)))
                )
                if counts
                else None,
                nodes=nodes,
            )
        except EngineCannot as error:
            raise _refusal(error) from error
