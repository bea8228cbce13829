"""Asks for many previews at once, and measures how long a probe waits meanwhile.

Run on a database that `generate_shop` has filled; the user that it makes there it removes:
DATABASE_URL=... python -m benchmarks.crowd [--previews 200] [--patient] With --patient each refused
preview is retried after the time in the response, as by the builder.
"""

import argparse
import http.client
import json
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

from django.utils.crypto import get_random_string

from benchmarks.browser import server, stored
from benchmarks.machine import machine
from benchmarks.trees import TREES

PROBE_EVERY = 0.05
LIMIT = 300
BODY = {
    "conditions": {"match": "any", "conditions": list(TREES.values())},
    "counts": True,
    "limit": 1000,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--previews", type=int, default=200)
    parser.add_argument("--patient", action="store_true")
    options = parser.parse_args()
    with stored() as (_segments, cookie), server() as site:
        place, token = urlsplit(site).netloc, get_random_string(32)
        headers = {
            "Cookie": f"{cookie['name']}={cookie['value']}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/json",
        }
        over = threading.Event()
        with ThreadPoolExecutor(options.previews + 1) as pool:
            probing = pool.submit(probes, place, over)
            asked = [
                pool.submit(preview, place, headers, options.patient)
                for _number in range(options.previews)
            ]
            replies = [one.result() for one in asked]
            over.set()
            waited = probing.result()
    print(json.dumps(machine()))
    print("replies", dict(Counter(status for status, _seconds in replies)))
    for name, seconds in (
        ("counted", [one for status, one in replies if status == 200]),
        ("refused", [one for status, one in replies if status == 429]),
        ("/healthz", waited),
    ):
        if seconds:
            most, half = max(seconds), statistics.median(seconds)
            print(f"{name:9} {len(seconds):5} times, median {half:.3f} s, at most {most:.3f} s")


def probes(place: str, over: threading.Event) -> list[float]:
    """Request /healthz until `over`, each time by a new connection; return the durations."""
    waited = []
    while not over.wait(PROBE_EVERY):
        started = time.monotonic()
        with closing(http.client.HTTPConnection(place, timeout=LIMIT)) as connection:
            connection.request("GET", "/healthz")
            assert connection.getresponse().status == 200
        waited.append(time.monotonic() - started)
    return waited


def preview(place: str, headers: dict[str, str], is_patient: bool) -> tuple[int, float]:
    """Request one preview; return the status of the response, and the seconds it took."""
    started = time.monotonic()
    while True:
        with closing(http.client.HTTPConnection(place, timeout=LIMIT)) as connection:
            connection.request("POST", "/api/v1/segments/preview/", json.dumps(BODY), headers)
            reply = connection.getresponse()
            reply.read()
        if reply.status != 429 or not is_patient:
            return reply.status, time.monotonic() - started
        time.sleep(int(reply.headers["Retry-After"]))


if __name__ == "__main__":
    main()
