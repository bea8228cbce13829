"""Counts whom a rule tree would choose, without storing anything."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from conditions.errors import Problem
from conditions.matching import scope_of
from conditions.parse import parse_tree
from customers.clock import now
from customers.models import Customer
from segments.definition import Rule
from segments.models import AppliesTo, Segment
from segments.snapshot import TookTooLong, read_snapshot, time_limit


class PreviewFailed(ValueError):
    """The database could not answer, for instance because a sum is too big for it."""


@dataclass(frozen=True)
class Preview:
    """Whom a tree chooses at `as_of`. Past the time limit `count` is None, `estimate` a guess."""

    count: int | None
    estimate: int | None
    scope_count: int | None
    customers: tuple[Customer, ...]
    sentence: str
    warnings: tuple[Problem, ...]
    as_of: datetime
    elapsed_ms: int

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
) -> Preview:
    """Count whom `tree` (JSON or parsed) chooses in the given scope, and show the first `limit`.

    Websites and groups are codes; none given: all. With `segment` its includes and excludes count
    too. `as_of` is aware, now unless given. Everything is read at one moment of the database, for
    at most `settings.PREVIEW_TIMEOUT_SECONDS`. Raises InvalidTree, for an unknown scope
    too, and PreviewFailed.
    """
    started = time.monotonic()
    deadline = started + settings.PREVIEW_TIMEOUT_SECONDS
    as_of = as_of or now()
    count = estimate = scope_count = None
    customers: tuple[Customer, ...] = ()
    with read_snapshot():
        scope = scope_of(list(websites or ()), list(customer_groups or ()), applies_to)
        group = parse_tree(tree, segment=segment.code if segment else None)
        has_overrides = segment is not None and segment.overrides.exists()
        rule = Rule(scope, group, segment.pk if segment else 0, has_overrides)
        chosen = rule.customers(as_of=as_of)
        try:
            with time_limit(deadline):
                count = chosen.count()
            with time_limit(deadline):
                scope_count = Customer.objects.filter(scope.q).count()
            with time_limit(deadline):
                customers = tuple(chosen.order_by("pk")[:limit])
        except TookTooLong:
            pass  # What was found in time is shown.
        except DatabaseError as error:
            raise PreviewFailed(str(error)) from error
        if count is None:
            estimate = _planned_rows(chosen)
    elapsed_ms = round((time.monotonic() - started) * 1000)
    return Preview(
        count, estimate, scope_count, customers, group.sentence(), group.warnings, as_of, elapsed_ms
    )


def _planned_rows(customers: QuerySet[Customer]) -> int | None:
    """Return the planner's guess; SQLite's planner has none."""
    if connection.vendor != "postgresql":
        return None
    try:
        sql, params = customers.values("pk").query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        ((plan,),) = cursor.fetchall()
    return int(plan[0]["Plan"]["Plan Rows"])
