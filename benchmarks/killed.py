"""Trains and scores everybody by two workers that are killed, then by one left alone: equal?

Wants PostgreSQL with a shop in it (`generate_shop`), and Redis; replaces all stored scores:
    DATABASE_URL=postgres://... CELERY_BROKER_URL=redis://... python -m benchmarks.killed
        [--models churn clv ...] [--kills 8] [--seed 1]
Each model is trained twice as of the shop's last order, once by workers that die by SIGKILL in the
midst of it, and its versions are compared in all that was fitted; then everybody is scored so, and
each score is compared. Ends with status 1 where anything differs.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
# Dead workers' trainings are to be taken over within the time that this takes.
os.environ.setdefault("LEASE_SECONDS", "6")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Max  # noqa: E402

from customers.models import Order  # noqa: E402
from predictions.lifecycle.train import request_training, train, wake_waiting  # noqa: E402
from predictions.models import (  # noqa: E402
    CustomerPrediction,
    ModelVersion,
    RiskHistory,
    ScoringRun,
    ScoringState,
    TrainingRun,
)
from predictions.registry import deploy  # noqa: E402

WORKERS = 2
WORKER = [
    *(sys.executable, "-m", "celery", "--quiet", "--app", "segmentation_site", "worker"),
    *("--queues", "tranche-predictions", "--pool", "threads", "--concurrency", "1"),
]
QUIET = os.environ | {"LOG_LEVEL": "CRITICAL"}
# The results of training a version. Numbers and dates differ, and so do the bytes of an artifact,
# even of one object written twice: the scores show whether the artifacts are equal.
FOUND = (
    "gate",
    "parameters",
    "fitted",
    "metrics",
    "warnings",
    "data_hash",
    "bins",
)
# A training that has lost its worker three times is given up.
DEATHS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--models", nargs="+", default=["churn", "clv", "next_order", "clusters", "anomaly"]
    )
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    latest = Order.objects.aggregate(latest=Max("created_at"))["latest"]
    killer = Killer(random.Random(options.seed))
    try:
        killed = {code: trained_under_fire(code, latest, killer) for code in options.models}
        print(f"trained with {killer.kills} workers killed", flush=True)
        alone = {code: train(code, as_of=latest) for code in options.models}
        print("trained alone", flush=True)
        differing = [
            f"{code}: {name}"
            for code in options.models
            for name in FOUND
            if getattr(killed[code], name) != getattr(alone[code], name)
        ]
        for version in killed.values():
            deploy(version, reason="compared with another training")
        before = killer.kills
        scored_under_fire(latest, options.kills, killer)
        print(f"scored with {killer.kills - before} processes killed", flush=True)
    finally:
        killer.stop()
    under_fire = digest()
    empty()
    score(latest).wait()
    left_alone = digest()
    print(f"{under_fire} under fire, {left_alone} alone")
    if under_fire != left_alone:
        differing.append("scores")
    print("differs: " + ", ".join(differing) if differing else "Nothing differs.")
    sys.exit(bool(differing))


class Killer:
    """Two workers, which are killed now and then and replaced."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.kills = 0
        self.workers = [subprocess.Popen(WORKER, env=QUIET) for _ in range(WORKERS)]

    def kill(self) -> None:
        """Kill one of them, and start another."""
        number = self.rng.randrange(WORKERS)
        self.kill_process(self.workers[number])
        self.workers[number] = subprocess.Popen(WORKER, env=QUIET)

    def kill_process(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill this process, as the system does when memory is short."""
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills += 1

    def stop(self) -> None:
        """Stop the running workers."""
        for process in self.workers:
            process.kill()
            process.wait()


def trained_under_fire(code: str, as_of: datetime, killer: Killer) -> ModelVersion:
    """Train a model with the workers; kill the worker that trains twice.

    Raises SystemExit where the training ends without a version.
    """
    run = request_training(code, as_of=as_of)
    deaths, next_kill = 0, None
    while True:
        run.refresh_from_db()
        if run.outcome:
            break
        wake_waiting()
        # A worker has begun the training once the number of attempts exceeds that of the deaths.
        if run.attempts > deaths and next_kill is None and deaths < DEATHS:
            next_kill = time.monotonic() + killer.rng.uniform(5, 40)
        if next_kill is not None and time.monotonic() > next_kill:
            # Only one of them trains, and it is not known which: kill both.
            for number in range(WORKERS):
                killer.kill_process(killer.workers[number])
                killer.workers[number] = subprocess.Popen(WORKER, env=QUIET)
            deaths, next_kill = run.attempts, None
        time.sleep(1)
    if run.version is None:
        raise SystemExit(f"{code}: {run.error_code} {run.error_text}")
    print(f"{code}: attempt {run.attempts}, phase {run.phase}", flush=True)
    return run.version


def scored_under_fire(as_of: datetime, kills: int, killer: Killer) -> None:
    """Score everybody while the leading process and its helpers are killed and started again."""
    led = score(as_of)
    left = kills
    next_kill = time.monotonic() + killer.rng.uniform(5, 40)
    while True:
        if led.poll() is not None:
            if led.returncode == 0:
                last = ScoringRun.objects.latest("pk")
                assert last.state == ScoringState.COMPLETED, last.state
                return
            led = score(as_of)
        if left and time.monotonic() > next_kill:
            left -= 1
            if killer.rng.random() < 0.4:
                killer.kill_process(led)
            else:
                killer.kill()
            next_kill = time.monotonic() + killer.rng.uniform(5, 40)
        time.sleep(0.5)


def score(as_of: datetime) -> "subprocess.Popen[bytes]":
    """Start a scoring of everybody by all models."""
    command = [sys.executable, "manage.py", "score_customers", "--as-of", as_of.isoformat()]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def digest() -> str:
    """Return the number of rows with scores, and a checksum of their contents.

    The version and the time of the scores do not count.
    """
    names = [
        str(field.column)
        for field in CustomerPrediction._meta.concrete_fields
        if not field.name.endswith(("_version", "_as_of", "_model"))
    ]
    return " | ".join(
        _sum_of(table, columns)
        for table, columns in (
            (CustomerPrediction._meta.db_table, names),
            (RiskHistory._meta.db_table, ["customer_id", "at", "churn_risk"]),
        )
    )


def _sum_of(table: str, columns: Iterable[str]) -> str:
    row = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), sum(hashtextextended(row({row})::text, 0)::numeric) FROM {table}"
        )
        count, total = cursor.fetchone()
    return f"{count:,} rows {total}"


def empty() -> None:
    """Take all scores away."""
    with connection.cursor() as cursor:
        for model in (CustomerPrediction, RiskHistory):
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
    TrainingRun.objects.unfinished().delete()


if __name__ == "__main__":
    main()
