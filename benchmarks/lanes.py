"""Latency from a write to the membership, with and without costly segments.

Wants PostgreSQL with a shop in it (`generate_shop`), Redis, and no workers about:
    DATABASE_URL=postgres://... CELERY_BROKER_URL=redis://... python -m benchmarks.lanes
        [--seconds 120] [--rate 20] [--segments 20] [--json FILE]
Two workers and beat run as `bin/start` has them. Customers get a tag at a steady rate; the
benchmark measures when each enters a segment that asks for the tag: first without the five
costliest trees of `benchmarks.trees`, then with them, automatic like all others. The benchmark
deletes its rows at the end.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from benchmarks.chaos import condition  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from benchmarks.trees import costliest_trees  # noqa: E402
from customers.models import Customer, CustomerTag, DirtyCustomer  # noqa: E402
from segments.editing.deletion import delete_segments  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.models import Membership, RefreshRun, Segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

CELERY = [sys.executable, "-m", "celery", "--quiet", "--app", "segmentation_site"]
COMMANDS = [
    [*CELERY, "worker", "--queues", queue, "--pool", "threads", "--concurrency", "2"]
    for queue in ("tranche", "tranche-refresh")
]
TAG = "lanes-benchmark"
LOOK_EVERY = 0.02


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    made = [make(f"Lane {index}", condition(index)) for index in range(options.segments)]
    tagged = make("Tagged", {"attribute": "customer.tags", "operator": "has", "value": TAG})
    made.append(tagged)
    rows = []
    try:
        with workers():
            settle()
            rows.append({"with": "cheap segments alone", **measure(tagged, options)})
            made += [make(name, *tree["conditions"], match="any") for name, tree in dear()]
            settle()
            rows.append({"with": "five costly ones", **measure(tagged, options)})
    finally:
        CustomerTag.objects.filter(tag=TAG).delete()
        costs = {one.name: one.batch_seconds for one in Segment.objects.costly()}
        delete_segments(Segment.objects.filter(pk__in=[segment.pk for segment in made]))
    for row in rows:
        print("  ".join(f"{key} {value}" for key, value in row.items()))
    for name, seconds in costs.items():
        print(f"{name}: {seconds:.2f} s for a batch")
    print(f"{Customer.objects.count():,} customers")
    if options.json:
        found = {"machine": machine(), "rows": rows, "costs": costs}
        options.json.write_text(json.dumps(found, indent=2))


def dear() -> list[tuple[str, dict[str, Any]]]:
    return [(f"Dear {name}", tree) for name, tree in costliest_trees().items()]


def make(name: str, *conditions: dict[str, Any], match: str = "all") -> Segment:
    """Make an automatic segment about everybody; its saving asks for the refresh."""
    tree = {"match": match, "conditions": list(conditions)}
    definition = Definition(name, conditions=tree, applies_to="both")
    return create_segment(definition, author=None).segment


@contextmanager
def workers() -> Iterator[None]:
    """Run two workers and beat while the block goes on."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    commands = [[*command, "--hostname", f"lanes{n}@bench"] for n, command in enumerate(COMMANDS)]
    running = [subprocess.Popen(command, **quiet) for command in [*commands, [*CELERY, "beat"]]]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def settle() -> None:
    """Wait until every run has ended and no change waits."""
    while RefreshRun.objects.unfinished().exists() or DirtyCustomer.objects.exists():
        time.sleep(0.5)


def measure(tagged: Segment, options: argparse.Namespace) -> dict[str, Any]:
    """Tag customers at a steady rate; return how long each took to be a member, in seconds."""
    rng = random.Random(options.seed)
    ids = list(Customer.objects.filter(is_active=True).values_list("pk", flat=True))
    members = set(Membership.objects.filter(segment=tagged).values_list("customer_id", flat=True))
    ids = [pk for pk in ids if pk not in members]
    rng.shuffle(ids)
    waiting: dict[int, float] = {}
    waited: list[float] = []
    begun = time.monotonic()
    written = 0
    while time.monotonic() - begun < options.seconds or waiting:
        due = int((min(time.monotonic() - begun, options.seconds)) * options.rate)
        while written < due:
            pk = ids.pop()
            CustomerTag.objects.create(customer_id=pk, tag=TAG)
            waiting[pk] = time.monotonic()
            written += 1
        there = Membership.objects.filter(segment=tagged, customer_id__in=list(waiting))
        for pk in there.values_list("customer_id", flat=True):
            waited.append(time.monotonic() - waiting.pop(pk))
        time.sleep(LOOK_EVERY)
    waited.sort()
    at = {f"p{part}": round(waited[len(waited) * part // 100], 2) for part in (50, 95, 99)}
    return {"writes": written, **at, "max": round(waited[-1], 2)}


if __name__ == "__main__":
    main()
