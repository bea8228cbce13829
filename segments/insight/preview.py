"""Counts whom a rule tree would choose, without storing anything."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections
from django.db.models import QuerySet

from conditions.because import Sees
from conditions.language.stored_nodes import nodes_of, population_of
from conditions.nodes.found import ids_of
from conditions.nodes.tree import Group
from conditions.parsing.warnings import known_of_nobody
from conditions.sql.scope import moment_at
from conditions.sql.statement import statement_of
from core.access.website_limits import Websites
from core.clock import now
from core.database.replicas import read, reading_alias
from core.database.snapshot import read_snapshot
from core.database.time_limit import IsOver, TookTooLong, never, time_limit
from core.problems import Problem
from customers.models import Customer
from segments.database.cancellation import Caller, replacing
from segments.insight.answers import Answers
from segments.insight.borders import borders_in_time
from segments.insight.figures import Figures, figures_of, mailable_in_time
from segments.insight.from_database import FromDatabase
from segments.insight.from_snapshot import NotFromSnapshot, from_snapshot
from segments.insight.node_counts import NodeCount, unknown_counts
from segments.models import AppliesTo, Segment
from segments.rules.cost import cost_of_unsaved
from segments.rules.listed import list_in_place_of
from segments.rules.rule import Rule
from segments.rules.visible_references import parse_within
from segments.rules.websites import scope_within

# So long (seconds) PostgreSQL's planner may take to guess, once the time of the preview is over.
GUESSING = 0.5


class PreviewFailed(ValueError):
    """The database could not answer, for instance because a sum is too big for it."""


@dataclass(frozen=True)
class Preview:
    """Whom a tree chooses at `as_of`. Past the time limit `count` is None, `estimate` a guess."""

    count: int | None
    estimate: int | None
    scope_count: int | None
    customers: tuple[Customer, ...]
    counts: tuple[NodeCount, ...]
    # Where each rank begins, in words, by its path.
    borders: Mapping[str, str]
    sentence: str
    warnings: tuple[Problem, ...]
    # None where not asked, or where there was no time.
    figures: Figures | None
    # How many can be mailed; None where that was not asked, or took too long.
    mailable: int | None
    # How long a batch of changed customers would take (`segments.rules.cost`); None where not
    # asked.
    batch_seconds: float | None
    as_of: datetime
    elapsed_ms: int
    # Which engine was asked, over a shop snapshot of `as_of`; "" is the database.
    engine: str = ""

    @property
    def exact(self) -> bool:
        """Whether `count` is there; it is never a guess."""
        return self.count is not None

    @property
    def share(self) -> float | None:
        """The part of the scope that is chosen, 0 to 1; None where it is not known."""
        if self.count is None or not self.scope_count:
            return None
        return self.count / self.scope_count


def preview(
    tree: Any,
    *,
    websites: Iterable[str] | None = None,
    customer_groups: Iterable[str] | None = None,
    applies_to: str = AppliesTo.REGISTERED,
    segment: Segment | None = None,
    as_of: datetime | None = None,
    limit: int = 10,
    counts: bool = False,
    figures: bool = False,
    mailable: bool = False,
    sees: Sees | None = None,
    within: Websites = None,
    caller: Caller | None = None,
    started: float | None = None,
) -> Preview:
    """Count whom `tree` (JSON or parsed) chooses in the given scope, and show the first `limit`.

    Websites and groups are codes; none given: all, and no customer who is not of the websites
    `within` (None: all) counts. With `segment` its includes and excludes count
    too; the `tree` of one with a list is empty. `as_of` is aware. Unless given it is now, or where
    `settings.PREVIEW_ENGINE` answers the moment of the shop snapshot; the engine is asked for
    figures never, and for includes, excludes and lists neither. With `counts` each node is counted
    as well, by the conditions alone, and where `sees` says which values the reader may see, where
    ranks begin; with `figures` it is found what they buy, and with `mailable` too how many of them
    can be mailed. Everything is read at one moment, for at most
    `settings.PREVIEW_TIMEOUT_SECONDS` since `started` (of `time.monotonic`; None: now). For a
    `caller` it ends the older preview, and raises Cancelled where a newer one, or
    `cancellation.cancel`, ends this one. Raises InvalidTree, for an unknown scope too, and
    PreviewFailed.
    """
    began = time.monotonic() if started is None else started
    asked = _Asked(
        tree=tree,
        websites=list(websites or ()),
        customer_groups=list(customer_groups or ()),
        applies_to=applies_to,
        segment=segment,
        within=within,
        as_of=as_of,
        limit=limit,
        counts=counts,
        figures=figures,
        mailable=mailable,
        sees=sees,
    )

    def answer() -> Preview:
        with replacing(caller) if caller else nullcontext(never) as is_over, read_snapshot():
            return _answered(asked, began, is_over)

    return read(answer)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    tree: Any
    websites: Sequence[str]
    customer_groups: Sequence[str]
    applies_to: str
    segment: Segment | None
    within: Websites
    as_of: datetime | None
    limit: int
    counts: bool
    figures: bool
    mailable: bool
    sees: Sees | None


def _answered(asked: _Asked, started: float, is_over: IsOver) -> Preview:
    """Let the engine of the settings answer, and where it does not, the database."""
    rule = rule_from(
        asked.tree,
        websites=asked.websites,
        customer_groups=asked.customer_groups,
        applies_to=asked.applies_to,
        segment=asked.segment,
        within=asked.within,
    )
    if settings.PREVIEW_ENGINE and not asked.figures:
        with (
            suppress(NotFromSnapshot),
            from_snapshot(rule, as_of=asked.as_of, counts=asked.counts) as answers,
        ):
            return _answer(asked, rule, answers, started, is_over)
    return _answer(asked, rule, FromDatabase(rule, asked.as_of or now(), is_over), started, is_over)


def _answer(
    asked: _Asked, rule: Rule, answers: Answers, started: float, is_over: IsOver
) -> Preview:
    deadline = started + settings.PREVIEW_TIMEOUT_SECONDS
    tree, as_of = rule.tree, answers.as_of
    count = estimate = scope_count = None
    customers: tuple[Customer, ...] = ()
    counts = unknown_counts(tree) if asked.counts else []
    borders: dict[str, str] = {}
    figures = mailable = batch_seconds = None
    try:
        if asked.figures:
            with time_limit(deadline, is_over):
                figures = figures_of(rule.customers(as_of=as_of), moment_at(as_of, rule.scope))
            count = figures.customers
            if asked.mailable:
                chosen, websites = rule.customers(as_of=as_of), rule.scope.website_ids
                mailable = mailable_in_time(chosen, websites, deadline, is_over)
        if asked.limit or not figures:
            count, customers = answers.found(asked.limit, deadline)
        scope_count = answers.scope_count(deadline)
        if asked.counts:
            counts = answers.node_counts(deadline)
            if asked.sees and not answers.engine and _may_show_borders(asked, tree):
                borders = borders_in_time(rule, as_of, asked.sees, deadline, is_over)
            batch_seconds = cost_of_unsaved(rule, deadline)
    except TookTooLong:
        pass  # What was found in time is shown.
    except DatabaseError as error:
        if isinstance(error, OperationalError) and reading_alias() != DEFAULT_DB_ALIAS:
            raise  # The primary is asked.
        raise PreviewFailed(str(error)) from error
    if count is None:
        estimate = planned_rows(rule.customers(as_of=as_of))
    return Preview(
        count=count,
        estimate=estimate,
        scope_count=scope_count,
        customers=customers,
        counts=tuple(counts),
        borders=borders,
        figures=figures,
        mailable=mailable,
        sentence=tree.sentence(),
        # Which values there are says something about customers of all websites.
        warnings=(*tree.warnings, *(() if asked.within is not None else known_of_nobody(tree))),
        batch_seconds=batch_seconds,
        as_of=as_of,
        elapsed_ms=round((time.monotonic() - started) * 1000),
        engine=answers.engine,
    )


def _may_show_borders(asked: _Asked, tree: Group) -> bool:
    """Return whether no border is a value of a customer of other websites.

    The members of a segment, with whom a rank may compare, may be of all websites.
    """
    return asked.within is None or not any(map(population_of, nodes_of(tree.json)))


def rule_from(
    tree: Any,
    *,
    websites: Sequence[str],
    customer_groups: Sequence[str],
    applies_to: str,
    segment: Segment | None,
    within: Websites = None,
) -> Rule:
    """Return the rule that `segment` would have with this tree and scope (codes).

    `within` are the websites of whoever asks, if there is a limit: the scope has no others. Raises
    InvalidTree, for an unknown scope too, and OutsideWebsites where nothing of the scope is left or
    the tree names a segment of other websites.
    """
    scope = scope_within(websites, customer_groups, applies_to, within)
    code, stored = (segment.code, segment.conditions) if segment else (None, None)
    group = parse_within(tree, within, segment=code, stored=stored)
    if segment is not None and segment.is_list:
        group = list_in_place_of(group, segment)
    has_overrides = segment is not None and segment.overrides.exists()
    return Rule(scope, group, segment.pk if segment else 0, has_overrides)


def planned_rows(customers: QuerySet[Customer]) -> int | None:
    """Return the planner's guess; None where it takes long. SQLite's planner has none."""
    connection = connections[reading_alias()]
    if connection.vendor != "postgresql":
        return None
    try:
        sql, params = statement_of(ids_of(customers))
    except EmptyResultSet:
        return 0
    try:
        with time_limit(time.monotonic() + GUESSING), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
            ((plan,),) = cursor.fetchall()
    except TookTooLong:
        return None
    return int(plan[0]["Plan"]["Plan Rows"])
