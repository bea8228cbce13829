"""Serves each page of the admin that links lead to, one of each kind, and says which take longest.

Wants a database with a shop in it (`generate_shop`), segments and scores. Its superuser is deleted
at the end; the audit log keeps its looks:
    DATABASE_URL=postgres://... python -m benchmarks.every_page [--most 400] [--shown 20]
"""

import argparse
import os
import re
import statistics
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import Resolver404, resolve  # noqa: E402

# Milliseconds that a page may take.
GOAL = 200
ROUNDS = 3
NAME = "bench-every-page"
# What ends the session, sends a file or is no page.
PASSED_OVER = re.compile(r"logout|export|download|\.csv|jsi18n|/delete/|password")


def main() -> None:
    """Print the slowest pages with milliseconds (median of three) and numbers of queries."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=400, help="pages")
    parser.add_argument("--shown", type=int, default=20)
    given = parser.parse_args()
    # A run that was killed has left its own.
    User.objects.filter(username=NAME).delete()
    user = User.objects.create_superuser(NAME)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    try:
        pages = sorted(_pages(client, given.most), reverse=True)
    finally:
        user.delete()
    for milliseconds, queries, address in pages[: given.shown]:
        print(f"{milliseconds:7.0f} ms {queries:4d} queries  {address}")
    slow = sum(milliseconds > GOAL for milliseconds, _queries, _address in pages)
    print(f"{len(pages)} pages, {slow} take more than {GOAL} ms.")


def _pages(client: Client, most: int) -> Iterator[tuple[float, int, str]]:
    """Yield the milliseconds, the number of queries and the address of each page."""
    seen: set[Any] = set()
    waiting, found = ["/admin/"], 0
    while waiting and found < most:
        address = waiting.pop(0)
        kind = _kind(address)
        if kind is None or kind in seen or PASSED_OVER.search(address):
            continue
        seen.add(kind)
        answer = client.get(address, secure=True)
        if answer.status_code in {301, 302}:
            waiting.append(urljoin(address, answer["Location"]))
            continue
        assert answer.status_code == 200, (address, answer.status_code)
        if not answer["Content-Type"].startswith("text/html"):
            continue
        times = []
        for _round in range(ROUNDS):
            begun = time.perf_counter()
            client.get(address, secure=True)
            times.append(1_000 * (time.perf_counter() - begun))
        with CaptureQueriesContext(connection) as asked:
            client.get(address, secure=True)
        found += 1
        yield statistics.median(times), len(asked), address
        links = re.findall(r'href="([^"#]+)', answer.content.decode())
        waiting += [urljoin(address, unescape(link)) for link in links]


def _kind(address: str) -> Any:
    """Return what pages of one kind share: the view and the names of the parameters."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/admin/"):
        return None
    try:
        match = resolve(parts.path)
    except Resolver404:
        return None
    return match.view_name, tuple(sorted(name for name, _value in parse_qsl(parts.query)))


if __name__ == "__main__":
    main()
