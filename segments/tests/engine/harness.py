"""What the tests of the membership engine share: threads, faults, and what must be true after."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from environ import Env

from conditions.evaluator.facts import Facts, FactStore
from conditions.language.windows import LocalClock
from core.clock import now
from customers.models import Customer, DirtyCustomer
from customers.tests.waiting import WAIT, eventually
from segments.engine.live_changes.changed_customers import process_batch, process_changes
from segments.engine.live_changes.costly_segments import process_costly
from segments.engine.live_changes.passing_time import sweep
from segments.engine.refreshes import execution
from segments.engine.refreshes.execution import execute_run
from segments.models import RefreshRun, RunState, Segment
from segments.rules.evaluation.rule import rule_of

__all__ = ["eventually"]

AT_SHOP = [{"attribute": "customer.email", "operator": "ends_with", "value": "@shop.example"}]
BROKEN = {"match": "all", "conditions": [{"attribute": "no.such", "operator": "is", "value": 1}]}


def fail(run: RefreshRun) -> RefreshRun:
    """Have `run` fail for good, as when the database cannot answer, and return it."""

    def broken(segment: Segment, as_of: datetime) -> None:
        raise DatabaseError("disk full")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execution, "members_of", broken)
        patch.setattr(settings, "REFRESH_ATTEMPTS", 1)
        return execute_run(run)


def failed_for_good(run: RefreshRun) -> None:
    """Have `run` fail for good."""
    assert fail(run).state == "failed"


def failed_until_left_alone(run: RefreshRun) -> None:
    """Have `run` fail as the last of so many that its segment is left alone, then lift that."""
    Segment.objects.update(failures_count=100)
    failed_for_good(run)
    Segment.objects.update(quarantined_at=None)


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """Run each function in a thread and connection of its own; return results, raise errors."""

    def run(function: Callable[[], Any]) -> Any:
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        return [future.result(WAIT) for future in [pool.submit(run, each) for each in functions]]


def stored(segment: Segment) -> set[str]:
    """Return the numbers of the stored members, those of deleted customers as None."""
    return set(segment.memberships.values_list("customer__external_id", flat=True))


def replayed(segment: Segment) -> set[str]:
    """Return who is in by the change log alone; fails where it says something twice."""
    members: set[str] = set()
    for number, kind in segment.changes.order_by("sequence").values_list(
        "customer_external_id", "kind"
    ):
        assert (number in members) == (kind == "left"), (segment.code, number, kind)
        members ^= {number}
    return members


def changes(segment: Segment) -> list[tuple[str, str, str]]:
    """Return the change log of `segment` as (number, kind, reason), the oldest first."""
    return list(
        segment.changes.order_by("sequence").values_list("customer_external_id", "kind", "reason")
    )


def state(run: RefreshRun) -> str:
    """Return the state as the row says it and as the query does; both must agree."""
    run.refresh_from_db()
    (found,) = [one for one in RunState if RefreshRun.objects.in_state(one).filter(pk=run.pk)]
    assert found == run.state
    return run.state


def judged(segment: Segment) -> set[str]:
    """Return the numbers of those whom the evaluator finds to be members now."""
    rule, at = rule_of(segment), now()
    people = list(
        Customer.objects.select_related("website", "store", "group", "wishlist").order_by("pk")
    )
    store = FactStore(people)
    return {
        one.external_id
        for one in people
        if rule.holds(Facts(one, LocalClock(at, one.website.timezone), store))
    }


def settle() -> None:
    """Do what workers would do until nothing is left to do."""
    sweep()
    while process_batch() or process_costly():
        pass
    for run in RefreshRun.objects.unfinished().order_by("pk"):
        execute_run(run)


def is_right(*segments: Segment) -> bool:
    """Check that members, sizes and change log of `segments` are what the evaluator says."""
    for segment in segments:
        segment = Segment.objects.get(pk=segment.pk)
        assert stored(segment) == replayed(segment) == judged(segment), segment.code
        assert segment.members_count == segment.memberships.count()
    return True


def goes_on(clock: Any, text: str, segment: Segment) -> set[str]:
    """Set the clock, let time do its work, and return the members, who must be right.

    `text`: an instant as ISO 8601, in UTC unless it says otherwise.
    """
    clock.set(text)
    sweep()
    process_changes()
    assert is_right(segment)
    return stored(segment)


def condition(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    """Return one condition of a tree."""
    return {"attribute": attribute, "operator": operator, "value": value}


def marks() -> list[tuple[Any, ...]]:
    """Return the queue of changed customers."""
    return list(DirtyCustomer.objects.order_by("pk").values_list("customer_id", "segment_id"))


class Killed(BaseException):
    """The worker ends here: nothing of the program catches it."""


@contextmanager
def broken_at(number: int, *, by_error: bool) -> Iterator[list[str]]:
    """Break the `number`-th statement of the block, and end it; yields the statements so far.

    `by_error`: the database refuses it. Otherwise the worker is killed before it. To be used in
    `undone`; what the block does outside a transaction of its own is as good as committed.
    """
    statements: list[str] = []
    outside = len(connection.savepoint_ids)

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        if len(statements) == number:
            if not by_error:
                raise Killed
            with transaction.atomic() if is_outside() else nullcontext():
                return execute("SELECT nothing FROM nowhere", None, False, context)
        return execute(sql, params, many, context)

    def is_outside() -> bool:
        return len(connection.savepoint_ids) == outside

    with connection.execute_wrapper(wrapper), suppress(DatabaseError, Killed):
        yield statements
    assert is_outside()
    connection.needs_rollback = False


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _own_redis() -> str:
    """Return the address of a database of Redis that no other test process uses; "" without one."""
    url = os.environ.get("TEST_REDIS_URL", "")
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    beginning, _slash, database = url.rpartition("/")
    return f"{beginning}/{int(database) - number}" if url else ""


REDIS = _own_redis()


def worker_environment(**more: str) -> dict[str, str]:
    """Return the environment of a process that works on this test's databases."""
    parts = Env.db_url_config(os.environ["DATABASE_URL"])
    place = f"{parts['HOST']}:{parts['PORT'] or 5432}"
    who = parts["USER"] + (f":{parts['PASSWORD']}" if parts["PASSWORD"] else "")
    database = f"postgres://{who}@{place}/{connection.settings_dict['NAME']}"
    more.setdefault("COSTLY_SECONDS", "1000")  # As in this process: see conftest.py.
    urls = {"CELERY_BROKER_URL": REDIS, "DATABASE_URL": database}
    return {**os.environ, "LOG_LEVEL": "WARNING", **urls, **more}
