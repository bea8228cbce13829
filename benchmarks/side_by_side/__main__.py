"""Upgrades a shop under load from the code in another folder to this one, and reports what broke.

Run with DATABASE_URL, CELERY_BROKER_URL, DATA_DIR and SECRET_KEY of a PostgreSQL database that the
old code has migrated and `generate_shop` has filled, without any process of Tranche running:
    python -m benchmarks.side_by_side --old CHECKOUT --token KEY [--minutes 10] [--rate 10]
The token is one of a superuser. Exit status 1 where a request broke, or anything was lost or
doubled.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django

from benchmarks.side_by_side.balancer import Balancer
from benchmarks.side_by_side.fleet import Fleet
from benchmarks.side_by_side.load import TREE, Load, Reply

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")

SEGMENT = {"code": "buyers", "name": "Buyers", "conditions": TREE}
PHASES = ("before", "switch", "after")
# Seconds for which a server is out of the balancer before it is stopped.
DRAINING = 3
LONGEST_START = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=Path, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=10)
    options = parser.parse_args()
    django.setup()
    log = Path("side_by_side.log") if not (data := os.environ.get("DATA_DIR")) else Path(data)
    log = log / "side_by_side.log" if log.is_dir() else log
    old, new = (Fleet(code, log) for code in (options.old, Path.cwd()))
    balancer = Balancer()
    balancer.start()
    load = Load(balancer.port, options.token, _customers(), options.rate)
    try:
        report = upgrade(old, new, balancer, load, options.minutes * 60)
    finally:
        for fleet in (old, new):
            fleet.stop_web()
            fleet.stop_workers()
    print(json.dumps(report, indent=2))
    sys.exit(bool(report["broken"] or report["lost"] or report["doubled"] or report["wrong"]))


def upgrade(
    old: Fleet, new: Fleet, balancer: Balancer, load: Load, seconds: float
) -> dict[str, Any]:
    """Run `load` for so many seconds while `new` takes the place of `old`; return what came of it.

    A third of the time is before the upgrade. `migrate` is killed once.
    """
    old.start_web()
    old.start_workers()
    balancer.servers = [old.port]
    _wait_until(lambda: balancer.ready == [old.port])
    if load.ask("GET", f"segments/{SEGMENT['code']}/")[0] == 404:
        status, answer = load.ask("POST", "segments/", SEGMENT)
        if status != 201:
            sys.exit(f"The segment is not made: {status} {answer.decode()}")
    load.start()
    end = time.monotonic() + seconds
    time.sleep(seconds / 3)
    load.phase = "switch"
    new.manage("migrate", "--verbosity", "0", kill_after=4)
    migrated, output = new.manage("migrate")
    new.start_workers()
    new.start_web()
    balancer.servers = [old.port, new.port]
    _wait_until(lambda: new.port in balancer.ready)
    # Both for a while.
    time.sleep(seconds / 6)
    balancer.servers = [new.port]
    time.sleep(DRAINING)
    old.stop_web()
    old.stop_workers()
    load.phase = "after"
    time.sleep(max(0.0, end - time.monotonic()))
    load.stop()
    return _report(load, new) | {"migrate": migrated, "said": output.strip().splitlines()[-3:]}


def _report(load: Load, new: Fleet) -> dict[str, Any]:
    from customers.models import Order
    from segments.models import MembershipChange

    _wait_until_settled()
    stored = Counter(
        Order.objects.filter(number__in=load.accepted).values_list("number", flat=True)
    )
    changes = Counter(
        MembershipChange.objects.values_list("segment", "customer_external_id", "kind", "at")
    )
    wrong, checked = new.manage("check_segments")
    broken = [one for one in load.replies if one.status == 0 or one.status >= 500]
    return {
        "requests": len(load.replies),
        "statuses": dict(sorted(Counter(str(one.status) for one in load.replies).items())),
        "kinds": dict(Counter(one.kind for one in load.replies)),
        "broken": len(broken),
        "first_broken": [vars(one) for one in broken[:5]],
        "p95_seconds": {phase: _p95(load.replies, phase) for phase in PHASES},
        "accepted_events": len(load.accepted),
        "lost": len(set(load.accepted) - set(stored)),
        "doubled": sum(number > 1 for number in (*stored.values(), *changes.values())),
        "wrong": wrong,
        "check_segments": checked.strip().splitlines()[-3:],
    }


def _p95(replies: Sequence[Reply], phase: str) -> float | None:
    times = [one.seconds for one in replies if one.phase == phase]
    return round(statistics.quantiles(times, n=20)[-1], 3) if len(times) > 20 else None


def _customers() -> list[str]:
    from customers.models import Customer

    rows = Customer.objects.filter(is_active=True).order_by("pk")
    return list(rows.values_list("external_id", flat=True)[:500])


def _wait_until_settled() -> None:
    from customers.models import DirtyCustomer
    from segments.models import RefreshRun

    def is_settled() -> bool:
        return not (
            DirtyCustomer.objects.exists() or RefreshRun.objects.filter(finished_at=None).exists()
        )

    _wait_until(is_settled)


def _wait_until(is_so: Any) -> None:
    end = time.monotonic() + LONGEST_START
    while not is_so():
        if time.monotonic() > end:
            sys.exit("It took too long.")
        time.sleep(0.5)


if __name__ == "__main__":
    main()
