"""Latency of POST check/ at rising rates, compared with a bare view that reads one row by key.

    python -m benchmarks.check [--segments 20] [--seconds 8] [--rates 25,50,100,200,400]

Needs PostgreSQL (DATABASE_URL), which is emptied and gets a shop of 10,000 customers. gunicorn runs
with two workers. Requests are sent at their times, whether the earlier ones have a response or not,
and a latency counts from the time at which a request was due. The first rate warms up.
"""

import argparse
import http.client
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
os.environ["API_RATE"] = "0"
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bin.free_port import FIRST, is_free  # noqa: E402
from core.access.tokens import create_token  # noqa: E402
from customers.models import Customer  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.models import Segment  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

SENDERS = 16
CUSTOMERS = 10_000
# One of each: a column, a roll-up, rows of a relation.
CONDITIONS = (
    {"attribute": "customer.email", "operator": "ends_with", "value": "@example.com"},
    {"attribute": "lifetime.sales", "operator": "gte", "value": "100"},
    {"attribute": "order.payment_method", "operator": "is", "value": "creditcard"},
    {"attribute": "cart.subtotal", "operator": "gte", "value": "10"},
)
BARE = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
import django
django.setup()
from customers.models import Customer
def application(environ, start_response):
    number = environ["PATH_INFO"].strip("/")
    found = Customer.objects.filter(external_id=number).values_list("pk", flat=True).first()
    body = str(found).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


def shop(count: int) -> list[str]:
    """Make the shop and `count` segments; return their codes."""
    Segment.objects.all().delete()
    Customer.objects.all().delete()
    User.objects.all().delete()
    call_command("generate_shop", customers=CUSTOMERS, seed=1, verbosity=0)
    return [
        create_segment(
            Definition(
                f"Segment {number}",
                conditions={"match": "all", "conditions": [CONDITIONS[number % len(CONDITIONS)]]},
            ),
            author=None,
        ).segment.code
        for number in range(count)
    ]


def server(module: str, folder: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start gunicorn with two workers; return its process and its port."""
    port = next(one for one in range(FIRST, FIRST + 1000) if is_free(one))
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", module, "--workers", "2", "--threads", "4",
         "--bind", f"127.0.0.1:{port}", "--no-control-socket", "--log-level", "error",
         "--pythonpath", folder],
        env=os.environ | {"LOG_LEVEL": "ERROR"},
    )  # fmt: skip
    for _try in range(200):
        time.sleep(0.1)
        if not is_free(port):
            break
    return process, port


def latencies(port: int, calls: list[tuple[str, str, str]], rate: int, key: str) -> list[float]:
    """Send `calls` (method, path, body) at `rate` a second; return seconds since each was due."""
    begins = time.monotonic() + 0.2
    waiting: queue.Queue[tuple[float, tuple[str, str, str]]] = queue.Queue()
    for number, call in enumerate(calls):
        waiting.put((begins + number / rate, call))
    found: list[float] = []

    def send() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
        while True:
            try:
                due, (method, path, body) = waiting.get_nowait()
            except queue.Empty:
                return
            time.sleep(max(due - time.monotonic(), 0))
            line.request(method, path, body, headers)
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            found.append(time.monotonic() - due)

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return sorted(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--segments", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rates", default="25,50,100,200,400")
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        sys.exit("DATABASE_URL has to name PostgreSQL.")
    call_command("migrate", verbosity=0)
    codes = shop(options.segments)
    key = create_token(User.objects.create_superuser("boss"), author=None).key
    numbers = list(Customer.objects.values_list("external_id", flat=True)[:2_000])
    folder = os.path.join(os.environ.get("DATA_DIR", "/tmp"), f"bare-{secrets.token_hex(4)}")
    os.makedirs(folder)
    with open(os.path.join(folder, "bare.py"), "w") as file:
        file.write(BARE)
    connection.close()
    for name, module in (("bare view", "bare:application"), ("check/", "segmentation_site.wsgi")):
        process, port = server(module, folder)
        try:
            # The first rate warms the server up: loading and parsing count for no other rate.
            for rate in (20, *map(int, options.rates.split(","))):
                calls = [
                    ("GET", f"/{number}", "")
                    if name == "bare view"
                    else (
                        "POST",
                        "/api/v1/check/",
                        json.dumps({"customer": number, "segments": codes}),
                    )
                    for number in (numbers * (1 + rate * options.seconds // len(numbers)))[
                        : rate * options.seconds
                    ]
                ]
                found = latencies(port, calls, rate, key)
                at = [1000 * found[int(len(found) * part)] for part in (0.5, 0.95, 0.99)]
                print(
                    f"{name:10} {rate:5}/s: p50 {at[0]:8.1f}  p95 {at[1]:8.1f}  p99 {at[2]:8.1f} ms"
                )
                if at[1] > 2_000:
                    break
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
