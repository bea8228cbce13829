"""Latency from the 202 of an event to the membership: events at a rate, with one worker.

    python -m benchmarks.events [--rate 100] [--seconds 60] [--batch 1] [--behaviors]

Needs PostgreSQL (DATABASE_URL), which it empties: a shop of 10,000 customers, five segments, a web
server with two workers and a worker with its beat. Each event moves its customer's figures over a
segment's threshold; a thread reads the change log every 50 ms to see when the change is there. With
`--behaviors` the events are searches by `track-behavior`, and the segments ask for sessions.
"""

import argparse
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
for name, value in (("API_RATE", "0"), ("TRACK_RATE", "0"), ("TRACKING_CONSENT", "opt_out")):
    os.environ.setdefault(name, value)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.db.models import Max  # noqa: E402

from benchmarks.chaos import BEAT, WORKER  # noqa: E402
from core.access.tokens import create_token  # noqa: E402
from customers.events.receiving.request import receive  # noqa: E402
from customers.models import CustomerGroup, Store, Website  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.engine.tick import tick  # noqa: E402
from segments.models import MembershipChange  # noqa: E402
from segments.refresh import refresh_segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

CUSTOMERS = 10_000
PORT = 8097
GUNICORN = (sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "4")


def event(name: str, **data: object) -> dict[str, object]:
    """Return an event of now."""
    at = datetime.now(UTC).isoformat()
    return {"type": name, "id": secrets.token_hex(8), "occurred_at": at, "data": data}


def order(number: int) -> dict[str, object]:
    """Return a first order of a customer, by which they enter a segment."""
    return event(
        "order.saved",
        number=f"b{number}",
        customer=f"bench-{number % CUSTOMERS}",
        state="complete",
        created_at=datetime.now(UTC).isoformat(),
        grand_total="50.00",
        items=[{"line": "1", "sku": "A", "quantity": 1, "price": "50"}],
    )


def search(number: int) -> dict[str, object]:
    """Return a first search of a customer, by which they enter a segment."""
    return {
        "behavior_type": "search",
        "id": f"b{number}",
        "customer_id": f"bench-{number % CUSTOMERS}",
        "data": {"query": "shoes"},
    }


def customer_of(sent: dict[str, object]) -> str:
    """Return whose order or behaviour it is."""
    return str(sent.get("customer_id") or sent["data"]["customer"])


def main() -> None:
    """Print the quantiles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--behaviors", action="store_true")
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        sys.exit("DATABASE_URL must name a PostgreSQL database of its own.")
    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    _first_shop()
    for start in range(0, CUSTOMERS, 1_000):
        began = time.perf_counter()
        receive([event("customer.saved", id=f"bench-{n}") for n in range(start, start + 1_000)])
        print(f"1,000 customers in one batch: {time.perf_counter() - began:.2f} s")
    _segments("personalization.sessions_count" if options.behaviors else "lifetime.sales")
    tick()
    user = User.objects.create_superuser("bench")
    key = create_token(user, author=None, name="bench").key
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(stop,))
    bound = ["--bind", f"127.0.0.1:{PORT}", "--no-control-socket"]
    quiet = os.environ | {"LOG_LEVEL": "ERROR"}
    commands = [[*GUNICORN, *bound, "segmentation_site.wsgi"], WORKER, BEAT]
    processes = [subprocess.Popen(command, env=quiet) for command in commands]
    try:
        time.sleep(8)
        watcher.start()
        accepted, took = _send(key, options)
        time.sleep(5)
    finally:
        stop.set()
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        watcher.join()
    _report(accepted, took)


def _first_shop() -> None:
    site = Website.objects.create(code="default", name="Default")
    Store.objects.create(code="default", name="Default", website=site)
    CustomerGroup.objects.create(code="general", name="General")


def _segments(attribute: str) -> None:
    for least in range(1, 6):
        value = least if attribute == "personalization.sessions_count" else 50 * least
        condition = {"attribute": attribute, "operator": "gte", "value": value}
        definition = Definition(f"{least}", conditions={"match": "all", "conditions": [condition]})
        # Kept current from its first refresh on.
        refresh_segment(create_segment(definition, code=f"s{least}", author=None).segment)


# The last entry of the change log at each look.
SEEN: list[tuple[int, float]] = []


def _watch(stop: threading.Event) -> None:
    while not stop.wait(0.05):
        last = MembershipChange.objects.aggregate(last=Max("sequence"))["last"] or 0
        SEEN.append((last, time.time()))
    connections.close_all()


def _send(key: str, options: argparse.Namespace) -> tuple[dict[str, float], list[float]]:
    """Send at the rate; return when each customer's order was accepted, and how long that took."""
    accepted: dict[str, float] = {}
    took: list[float] = []
    lock = threading.Lock()
    total = options.rate * options.seconds // options.batch
    began = time.monotonic()

    def sender(first: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", PORT)
        headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
        for number in range(first, total, 8):
            wait = began + number * options.batch / options.rate - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            numbers = range(number * options.batch, (number + 1) * options.batch)
            sent = [search(n) if options.behaviors else order(n) for n in numbers]
            body = json.dumps(sent).encode()
            asked = time.monotonic()
            call = "personalization/track-behavior" if options.behaviors else "events/"
            line.request("POST", f"/api/v1/{call}", body, headers)
            assert json.load(line.getresponse())["accepted"] == options.batch
            with lock:
                took.append(time.monotonic() - asked)
                for one in sent:
                    accepted.setdefault(customer_of(one), time.time())

    threads = [threading.Thread(target=sender, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{total} requests in {time.monotonic() - began:.1f} s")
    return accepted, took


def _report(accepted: dict[str, float], took: list[float]) -> None:
    rows = MembershipChange.objects.filter(segment__code="s1", kind="entered")
    lags = [
        next(at for last, at in SEEN if last >= sequence) - accepted[number]
        for number, sequence in rows.values_list("customer_external_id", "sequence")
        if number in accepted
    ]
    print(f"{len(accepted)} customers did so for the first time, {len(lags)} entered")
    for name, values in (("request", took), ("202 to membership", lags)):
        cuts = statistics.quantiles(values, n=100)
        print(f"{name}: p50 {cuts[49]:.3f} s, p95 {cuts[94]:.3f} s, p99 {cuts[98]:.3f} s")


if __name__ == "__main__":
    main()
