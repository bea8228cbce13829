"""How long features and scores of everybody take, compared with one hand-written statement.

Run on a PostgreSQL database that `generate_shop` has filled and in which the models to be measured
are deployed; it scores as of one day after the other, as nights do, and leaves these scores:
    DATABASE_URL=postgres://... CELERY_BROKER_URL=redis://... python -m benchmarks.predictions
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Max  # noqa: E402

from benchmarks.machine import machine  # noqa: E402
from customers.models import Order  # noqa: E402

# Recency, frequency, monetary and the products of everybody who has bought, with their fifths.
BY_HAND = """
SELECT sum(r + f + m + products) FROM (
    SELECT ntile(5) OVER (ORDER BY last_day) r, ntile(5) OVER (ORDER BY orders) f,
           ntile(5) OVER (ORDER BY total) m, coalesce(products, 0) products
    FROM (
        SELECT o.customer_id, count(*) orders, sum(grand_total) total,
               max((o.created_at AT TIME ZONE w.timezone)::date) last_day,
               count(DISTINCT (o.created_at AT TIME ZONE w.timezone)::date) days
        FROM customers_order o
        JOIN customers_customer c ON c.id = o.customer_id
        JOIN customers_website w ON w.id = c.website_id
        WHERE o.state NOT IN ('canceled', 'closed') AND o.created_at <= %s
        GROUP BY o.customer_id
    ) s LEFT JOIN (
        SELECT o.customer_id, count(DISTINCT i.sku_folded) products
        FROM customers_orderitem i JOIN customers_order o ON o.id = i.order_id
        WHERE o.state NOT IN ('canceled', 'closed') AND o.created_at <= %s
        GROUP BY o.customer_id
    ) p USING (customer_id)
) a
"""
MANAGE = [sys.executable, "manage.py"]
WORKER = [
    *(sys.executable, "-m", "celery", "--quiet", "--app", "segmentation_site", "worker"),
    *("--queues", "tranche-predictions", "--concurrency", "1"),
]
QUIET = os.environ | {"LOG_LEVEL": "ERROR"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    latest = Order.objects.aggregate(latest=Max("created_at"))["latest"]
    found: dict[str, list[float]] = {
        name: [] for name in ("by hand", "features", "one worker", "two workers")
    }
    score("--as-of", latest.isoformat())
    for night in range(options.nights):
        found["by hand"].append(by_hand(latest))
        found["features"].append(features(latest.isoformat()))
        for number, name in enumerate(("one worker", "two workers")):
            at = (latest + timedelta(days=1 + 2 * night + number)).isoformat()
            with worker(number):
                found[name].append(score("--as-of", at))
    print_ratios(found)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "seconds": found}, indent=2))


def by_hand(latest: object) -> float:
    """Return how many seconds the statement takes."""
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, [latest, latest])
        cursor.fetchall()
    return time.perf_counter() - begin


def features(at: str) -> float:
    """Return how many seconds the two sets of features take that models are made of."""
    with tempfile.NamedTemporaryFile() as file:
        sets = ("--set", "rfm", "--set", "activity")
        return measure_command("export_features", *sets, "--as-of", at, "--output", file.name)


def score(*arguments: str) -> float:
    """Return how many seconds a full scoring takes."""
    return measure_command("score_customers", *arguments)


def measure_command(*arguments: str) -> float:
    """Return how many seconds a command takes, from its start to its end."""
    begin = time.perf_counter()
    subprocess.run([*MANAGE, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


@contextmanager
def worker(number: int) -> Iterator[None]:
    """Have so many workers help, none or one, that are ready."""
    if not number:
        yield
        return
    process = subprocess.Popen(WORKER, env=QUIET)
    try:
        time.sleep(10)
        yield
    finally:
        process.terminate()
        process.wait()


def print_ratios(found: Mapping[str, list[float]]) -> None:
    """Print the fastest of each, and how many times the statement that is."""
    base = min(found["by hand"])
    for name, seconds in found.items():
        print(f"{name:12} {min(seconds):8.1f} s {min(seconds) / base:8.1f}")
    print(f"two workers against one: {min(found['one worker']) / min(found['two workers']):.2f}")


if __name__ == "__main__":
    main()
