"""The speedup of two processes over one in finding a segment's members in shards.

The segment is one of the starters that read orders, in eleven shards. Nothing is written for the
segment, so the last shard is left out, and two processes have five shards each.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.test import override_settings

from benchmarks.measure import Options, Row, in_turn, milliseconds
from customers.models import Customer
from segments.editing.saving import create_segment
from segments.engine.refreshes.execution import execute_run
from segments.engine.refreshes.runs import request_refresh
from segments.models import RefreshShard, Segment
from segments.rules.definition import Definition
from segments.rules.starters import STARTERS

CODE = "best-customers"
SHARDS = 11
ROUNDS = 3
# The code of a process: execute the given shards one after another.
TAKING = (
    "import django; django.setup(); import sys;"
    "from segments.engine.refreshes.shards import execute_shard;"
    "from django.db import connection; connection.ensure_connection();"
    "print('ready', flush=True); input();"
    "[execute_shard(int(pk)) for pk in sys.argv[1:]]; print('done', flush=True)"
)


def rows(options: Options) -> Iterator[Row]:
    """Yield how long one process takes over the shards, and two at a time."""
    (starter,) = (one for one in STARTERS if one.code == CODE)
    segment = create_segment(
        Definition("Workers", conditions=starter.conditions), author=None
    ).segment
    width = -(-Customer.objects.count() // SHARDS)
    try:
        with override_settings(SHARD_CUSTOMERS=width):
            one, two = in_turn(
                lambda: _found(segment, 1),
                lambda: _found(segment, 2),
                rounds=ROUNDS,
                clock=lambda work: float(str(work())),
            )
    finally:
        segment.delete()
    yield Row("workers", f"{CODE} in shards, two processes", two, "one process", one)


def _found(segment: Segment, processes: int) -> float:
    """Have the members found by so many processes, all but those of the last shard.

    Returns for how many milliseconds they were at it, once they had started.
    """
    segment.runs.all().delete()
    run = execute_run(request_refresh(segment))
    shards = list(RefreshShard.objects.filter(run=run).values_list("pk", flat=True))[:-1]
    parts = [shards[start::processes] for start in range(processes)]
    started = [_start_worker(part) for part in parts]
    for process in started:
        _wait_for_line(process)
    took = milliseconds(lambda: _let_go(started))
    if any(process.wait() for process in started):
        sys.exit("a process has failed")
    return took


def _let_go(started: Sequence[subprocess.Popen[str]]) -> None:
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        _wait_for_line(process)


def _wait_for_line(process: subprocess.Popen[str]) -> None:
    """Wait for a line: how a process begins and ends is not measured."""
    assert process.stdout is not None
    process.stdout.readline()


def _start_worker(shards: Sequence[int]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TAKING, *map(str, shards)]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
