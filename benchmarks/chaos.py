"""Random traffic while workers are killed, stopped, cut off; then every membership must be right.

Wants PostgreSQL with a shop in it (`generate_shop`), and Redis:
    DATABASE_URL=postgres://... CELERY_BROKER_URL=redis://... python -m benchmarks.chaos
        [--minutes 10] [--segments 50] [--workers 3] [--writers 2] [--seed 1]
Among the traffic are floods, orders and refunds that change hands, guests who log in, and refreshes
that are cancelled or deleted. Ends with status 1 where a segment that says it is current has other
members than a fresh evaluation finds, where any has after one more refresh, or where the change log
does not lead to them.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
# Dead workers' runs are to be taken over within the time that this takes.
os.environ.setdefault("LEASE_SECONDS", "6")
django.setup()

from django.core.management import CommandError, call_command  # noqa: E402
from django.db import close_old_connections, connection  # noqa: E402

from benchmarks.load import flood, one_change  # noqa: E402
from benchmarks.trees import costliest_trees  # noqa: E402
from core.clock import now  # noqa: E402
from customers.models import Customer, DirtyCustomer  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.engine.refreshes.runs import SegmentInactive, request_refresh  # noqa: E402
from segments.models import MembershipChange, RefreshRun, Segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "segmentation_site"]
WORKER = [*CELERY, "worker", "--pool", "threads", "--concurrency", "2"]
BEAT = [*CELERY, "beat"]
QUIET = os.environ | {"LOG_LEVEL": "WARNING"}
FLOODS = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--segments", type=int, default=50)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=200)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    make_segments(options.segments)
    processes = Processes(options.workers)
    try:
        settle(minutes=20)
        print(
            f"{Customer.objects.count():,} customers, {Segment.objects.count()} segments",
            flush=True,
        )
        changes = traffic(options, processes, rng)
        processes.restart_all()
        seconds = settle(minutes=20)
        stale = check(options)
        ask_for_refresh(stale)
        settle(minutes=20)
    finally:
        processes.stop()
    runs = RefreshRun.objects
    logged = MembershipChange.objects.count()
    again = runs.filter(attempts__gt=1).count()
    print(f"{sum(changes.values()):,} changes to the shop: {dict(changes)}")
    print(
        f"{processes.killed} processes killed, {processes.stopped} stopped for a while, "
        f"{processes.cut} connections cut"
    )
    print(f"{logged:,} rows in the change log; queues empty after {seconds:.1f} s")
    print(f"{runs.count()} runs, {again} of them taken over or tried again")
    print(f"{len(stale)} segments said that they were stale, and were refreshed once more")
    check(options)
    print("Every membership is what a fresh evaluation finds, and the change log leads to it.")


def check(options: argparse.Namespace) -> list[Segment]:
    """Compare the stored rows with the expected ones; return the active segments that are stale."""
    try:
        call_command("check_segments", sample=options.sample, seed=options.seed)
    except CommandError as error:
        sys.exit(str(error))
    return [one for one in Segment.objects.filter(is_active=True) if one.is_stale]


def ask_for_refresh(segments: Iterable[Segment]) -> None:
    """Queue a refresh of each segment; the writers may be switching segments off meanwhile."""
    for segment in segments:
        with suppress(SegmentInactive):
            request_refresh(segment)


def make_segments(number: int) -> None:
    """Make segments of every kind of condition, and one of a segment; ask for their refresh."""
    existing = set(Segment.objects.values_list("code", flat=True))
    for index in range(number):
        code = f"load-{index:02}"
        if code not in existing:
            create_segment(
                Definition(
                    f"Load {index}",
                    conditions={"match": "all", "conditions": [condition(index)]},
                    applies_to="both",
                ),
                code=code,
                author=None,
            )
    above = {"attribute": "segment", "operator": "is_one_of", "value": ["base-segment"]}
    base = {"attribute": "lifetime.number_of_orders", "operator": "gte", "value": 2}
    roots = {"base-segment": base, "above": above}
    trees = {code: {"match": "all", "conditions": [root]} for code, root in roots.items()}
    for code, tree in (trees | {"costly": costliest_trees()["sums of lines"]}).items():
        if code not in existing:
            create_segment(Definition(code, conditions=tree), code=code, author=None)
    ask_for_refresh(Segment.objects.filter(is_active=True))


def condition(index: int) -> dict[str, Any]:
    """Return one of the conditions of the segments."""
    step = 1 + index // 10
    sales = {"attribute": "order.created_at", "operator": "in_last_days", "value": 30 * step}
    found: list[dict[str, Any]] = [
        {"attribute": "lifetime.sales", "operator": "gte", "value": 100 * step},
        {"attribute": "activity.days_since_last_order", "operator": "gte", "value": 30 * step},
        {"attribute": "customer.tags", "operator": "has_any_of", "value": ["vip"]},
        {
            "relation": "sales",
            "aggregate": "count",
            "operator": "gte",
            "value": step,
            "match": "all",
            "conditions": [sales],
        },
        {
            "relation": "carts",
            "aggregate": "exists",
            "match": "all",
            "conditions": [
                {"attribute": "cart.updated_at", "operator": "more_than_hours_ago", "value": 1}
            ],
        },
        {
            "attribute": "customer.date_of_birth",
            "operator": "anniversary_in_next_days",
            "value": 7 * step,
        },
        {"attribute": "login.logged_in_at", "operator": "in_last_hours", "value": step},
        {"attribute": "customer.last_name", "operator": "contains", "value": "ss"},
        {"attribute": "lifetime.average_order_value", "operator": "lt", "value": 50 * step},
        {
            "relation": "orders",
            "aggregate": "not_exists",
            "match": "all",
            "conditions": [{"attribute": "order.coupon_code", "operator": "is_not_empty"}],
        },
    ]
    return found[index % 10]


class Processes:
    """The workers and beat, killed and started again."""

    def __init__(self, workers: int) -> None:
        names = [f"worker{number}" for number in range(workers)]
        self._commands = {name: [*WORKER, "--hostname", f"{name}@chaos"] for name in names}
        self._commands["beat"] = BEAT
        self._running = {name: self._start(name) for name in self._commands}
        self._stopped: dict[str, float] = {}
        self.killed = self.cut = self.stopped = 0

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._commands[name], stdin=subprocess.DEVNULL, env=QUIET)

    def harm_one(self, rng: random.Random) -> None:
        """Kill or stop a process, or cut a worker's connection to the database."""
        self._wake()
        if rng.random() < 0.3:
            name = rng.choice(sorted(self._running))
            self._running[name].send_signal(signal.SIGSTOP)
            self._stopped[name] = time.monotonic() + rng.uniform(1, 25)
            self.stopped += 1
            return
        if rng.random() < 0.4:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                    "AND state <> 'idle' AND query ~ 'segment_|rollup' ORDER BY random() LIMIT 1"
                )
                self.cut += cursor.rowcount
            return
        name = rng.choice(sorted(self._running))
        self._stopped.pop(name, None)
        self._running[name].send_signal(signal.SIGKILL)
        self._running[name].wait()
        self.killed += 1
        time.sleep(rng.random() * 2)
        self._running[name] = self._start(name)

    def _wake(self) -> None:
        for name, until in list(self._stopped.items()):
            if until <= time.monotonic():
                del self._stopped[name]
                self._running[name].send_signal(signal.SIGCONT)

    def restart_all(self) -> None:
        """Wake the stopped processes, and restart the processes that have ended."""
        self._stopped = dict.fromkeys(self._stopped, 0.0)
        self._wake()
        for name, process in self._running.items():
            if process.poll() is not None:
                self._running[name] = self._start(name)

    def stop(self) -> None:
        """Kill them all."""
        for process in self._running.values():
            process.kill()
            process.wait()


def traffic(options: argparse.Namespace, processes: Processes, rng: random.Random) -> Counter[str]:
    """Change the shop from several threads for the given time while processes are killed.

    Raises the first exception of a writing thread.
    """
    end = time.monotonic() + options.minutes * 60
    changes: Counter[str] = Counter()
    failures: list[BaseException] = []

    def write(seed: int) -> None:
        own = random.Random(seed)
        try:
            while time.monotonic() < end:
                changes[one_change(own)] += 1
                time.sleep(own.random() * 0.02)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            connection.close()

    writers = [
        threading.Thread(target=write, args=(options.seed * 1_000 + number,))
        for number in range(options.writers)
    ]
    for writer in writers:
        writer.start()
    next_flood = time.monotonic() + options.minutes * 60 / FLOODS / 2
    while time.monotonic() < end:
        time.sleep(rng.uniform(1, 6))
        close_old_connections()
        processes.harm_one(rng)
        if time.monotonic() >= next_flood:
            flood(rng)
            next_flood += options.minutes * 60 / FLOODS
    for writer in writers:
        writer.join()
    if failures:
        raise failures[0]
    return changes


def settle(*, minutes: float) -> float:
    """Wait until nothing is left to do, and return how many seconds that took."""
    started = time.monotonic()
    while time.monotonic() < started + minutes * 60:
        if not (DirtyCustomer.objects.exists() or RefreshRun.objects.unfinished().exists()):
            return time.monotonic() - started
        time.sleep(0.2)
    left = DirtyCustomer.objects.count(), RefreshRun.objects.unfinished().count()
    sys.exit(f"After {minutes} minutes {left} marks and runs are left at {now()}")


if __name__ == "__main__":
    main()
