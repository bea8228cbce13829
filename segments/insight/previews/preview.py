"""Counts the customers that a rule tree would choose, without storing anything."""

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

from conditions.language.stored_nodes import nodes_of, population_of
from conditions.nodes.matching_customers import ids_of
from conditions.nodes.tree import Group
from conditions.parsing.warnings import known_of_nobody
from conditions.reason_text import CanSee
from conditions.sql.scope import moment_at
from conditions.sql.statement import statement_of
from core.access.website_limits import Websites
from core.clock import now
from core.database.replicas import read, reading_alias
from core.database.snapshot import read_snapshot
from core.database.time_limit import IsOver, TookTooLong, never_over, time_limit
from core.problems import Problem
from customers.models import Customer
from segments.database.cancellation import Caller, replacing
from segments.insight.explanations.borders import borders_in_time
from segments.insight.previews.backend import Answers
from segments.insight.previews.figures import Figures, figures_of, mailable_in_time
from segments.insight.previews.from_database import FromDatabase
from segments.insight.previews.from_snapshot import NotFromSnapshot, from_snapshot
from segments.insight.previews.node_counts import NodeCount, unknown_counts
from segments.models import AppliesTo, Segment
from segments.rules.evaluation.cost import cost_of_unsaved
from segments.rules.evaluation.rule import Rule
from segments.rules.in_conditions.list_tree import list_in_place_of
from segments.rules.website_limits.visible_references import parse_within
from segments.rules.website_limits.websites import scope_within

# The time limit (seconds) for the planner's estimate, after the time limit of the preview.
GUESSING = 0.5


class PreviewFailed(ValueError):
    """The query failed in the database, for instance because of a numeric overflow."""


@dataclass(frozen=True)
class Preview:
    """The result of a preview at `as_of`.

    Where counting exceeded the time limit, `count` is None and `estimate` the planner's estimate.
    """

    count: int | None
    estimate: int | None
    scope_count: int | None
    customers: tuple[Customer, ...]
    counts: tuple[NodeCount, ...]
    # The border of each rank, in words, by the path of its node.
    borders: Mapping[str, str]
    sentence: str
    warnings: tuple[Problem, ...]
    # None where not requested, or where there was no time.
    figures: Figures | None
    # How many customers can be mailed; None where not requested, or where there was no time.
    mailable: int | None
    # The seconds for a batch of changed customers (`rules.evaluation.cost`); None: not measured.
    batch_seconds: float | None
    as_of: datetime
    elapsed_ms: int
    # The engine that computed the result on a shop snapshot of `as_of`; "" is the database.
    engine: str = ""

    @property
    def exact(self) -> bool:
        """Return whether `count` is known; a known count is never an estimate."""
        return self.count is not None

    @property
    def share(self) -> float | None:
        """The share of the scope that is chosen, 0 to 1; None where unknown."""
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
    can_see: CanSee | None = None,
    allowed_websites: Websites = None,
    caller: Caller | None = None,
    started: float | None = None,
) -> Preview:
    """Count the customers that `tree` chooses in the given scope, and return the first `limit`.

    - `tree` is JSON or parsed; for a `segment` with a list it is empty.
    - `websites` and `customer_groups` are codes; none means all. Only customers of the websites
      `allowed_websites` (None: all) are counted.
    - With `segment`, its includes and excludes apply, too.
    - `as_of` is aware. By default it is now or, with `settings.PREVIEW_ENGINE`, the moment of the
      shop snapshot. The engine is not used for `figures`, includes, excludes and lists.
    - `counts` counts each node, too, by the conditions only; with `can_see`, which decides what
      values the reader may see, also the borders of ranks are computed.
    - `figures` adds what the customers buy, `mailable` (with `figures`) how many can be mailed.

    All queries see one moment and end `settings.PREVIEW_TIMEOUT_SECONDS` after `started` (of
    `time.monotonic`; None: now). For a `caller`, the older preview is cancelled. Raises Cancelled
    where a newer preview or `cancellation.cancel` cancels this one, InvalidTree for an invalid tree
    or an unknown scope, OutsideWebsites where no website of the scope is allowed, or PreviewFailed.
    """
    began = time.monotonic() if started is None else started
    asked = _Asked(
        tree=tree,
        websites=list(websites or ()),
        customer_groups=list(customer_groups or ()),
        applies_to=applies_to,
        segment=segment,
        allowed_websites=allowed_websites,
        as_of=as_of,
        limit=limit,
        counts=counts,
        figures=figures,
        mailable=mailable,
        can_see=can_see,
    )

    def answer() -> Preview:
        with replacing(caller) if caller else nullcontext(never_over) as is_over, read_snapshot():
            return _compute_preview(asked, began, is_over)

    return read(answer)


@dataclass(frozen=True, kw_only=True)
class _Asked:
    tree: Any
    websites: Sequence[str]
    customer_groups: Sequence[str]
    applies_to: str
    segment: Segment | None
    allowed_websites: Websites
    as_of: datetime | None
    limit: int
    counts: bool
    figures: bool
    mailable: bool
    can_see: CanSee | None


def _compute_preview(asked: _Asked, started: float, is_over: IsOver) -> Preview:
    """Compute the preview with the engine of the settings or, if it cannot, the database."""
    rule = rule_from(
        asked.tree,
        websites=asked.websites,
        customer_groups=asked.customer_groups,
        applies_to=asked.applies_to,
        segment=asked.segment,
        allowed_websites=asked.allowed_websites,
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
            count, customers = answers.count_and_list(asked.limit, deadline)
        scope_count = answers.scope_count(deadline)
        if asked.counts:
            counts = answers.node_counts(deadline)
            if asked.can_see and not answers.engine and _may_show_borders(asked, tree):
                borders = borders_in_time(rule, as_of, asked.can_see, deadline, is_over)
            batch_seconds = cost_of_unsaved(rule, deadline)
    except TookTooLong:
        pass  # Return the results that were computed in time.
    except DatabaseError as error:
        if isinstance(error, OperationalError) and reading_alias() != DEFAULT_DB_ALIAS:
            raise  # `read` tries again on the primary.
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
        # The existence of a value reveals data of customers of all websites.
        warnings=(
            *tree.warnings,
            *(() if asked.allowed_websites is not None else known_of_nobody(tree)),
        ),
        batch_seconds=batch_seconds,
        as_of=as_of,
        elapsed_ms=round((time.monotonic() - started) * 1000),
        engine=answers.engine,
    )


def _may_show_borders(asked: _Asked, tree: Group) -> bool:
    """Return whether no border of a rank can be a value of a customer of other websites.

    A rank may compare with the members of a segment, who may be of all websites.
    """
    return asked.allowed_websites is None or not any(map(population_of, nodes_of(tree.json)))


def rule_from(
    tree: Any,
    *,
    websites: Sequence[str],
    customer_groups: Sequence[str],
    applies_to: str,
    segment: Segment | None,
    allowed_websites: Websites = None,
) -> Rule:
    """Return the rule that `segment` would have with this tree and scope (codes).

    `allowed_websites` are the websites to which the user is limited (None: all); the scope is
    restricted to them. Raises InvalidTree for an invalid tree or an unknown scope, and
    OutsideWebsites where the scope becomes empty or the tree names a segment of other websites.
    """
    scope = scope_within(websites, customer_groups, applies_to, allowed_websites)
    code, stored = (segment.code, segment.conditions) if segment else (None, None)
    group = parse_within(tree, allowed_websites, segment=code, stored=stored)
    if segment is not None and segment.is_list:
        group = list_in_place_of(group, segment)
    has_overrides = segment is not None and segment.overrides.exists()
    return Rule(scope, group, segment.pk if segment else 0, has_overrides)


def planned_rows(customers: QuerySet[Customer]) -> int | None:
    """Return the planner's estimate of the row count; None where it takes long and on SQLite."""
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
