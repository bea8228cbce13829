"""How long experiences take: 50 requests a second for a minute, 1,000 variants, 200 segments.

Run as `python -m benchmarks.experience [--rate 50] [--seconds 60] [--customers 100000]`, in the
database of the settings (`DATABASE_URL`): what it makes stays there, so it is one of its own.
Requests come at their times whether those before are answered or not, by the call itself, in
threads of this process. The goals are a p95 of 100 ms and a p99 of 150 ms on PostgreSQL.
"""

import argparse
import json
import os
import random
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402

from core.access.tokens import create_token  # noqa: E402
from core.clock import now  # noqa: E402
from customers.models import Consent, Customer, CustomerGroup, Store, Website  # noqa: E402
from personalization.experiences import resources  # noqa: E402
from personalization.models import ExperienceVariant  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.models import Membership  # noqa: E402
from segments.rules.definition import Definition  # noqa: E402

VARIANTS, SEGMENTS, PLACEMENTS, PAGES = 1_000, 200, 20, 5
THREADS, LEAD = 8, 5.0
# One in so many customers is a member of a segment.
MEMBERS = 20
PATH = "/api/v1/personalization/experience"
# A client loads all middleware at its first request: each thread has one, as a server has.
CLIENTS = threading.local()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--customers", type=int, default=100_000)
    given = parser.parse_args()
    settings.SERVE_RATE = 0
    settings.ALLOWED_HOSTS = ["*"]
    key = shop(given.customers)
    ask(key, "B0", 0)
    took = measure_requests(key, given.rate, given.seconds, given.customers)
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{len(took)} requests, {given.rate} a second: median {statistics.median(took):.1f} ms, "
        f"p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms"
    )


def measure_requests(key: str, rate: int, seconds: int, customers: int) -> list[float]:
    """Return how long each request took from when it was due, in ms."""
    dice = random.Random(7)
    begun = time.perf_counter() + LEAD

    def measure_request(number: int) -> float:
        due = begun + number / rate
        if not hasattr(CLIENTS, "client"):
            ask(key, "B0", 0)  # Each thread once, before the first is due.
        time.sleep(max(due - time.perf_counter(), 0.0))
        ask(key, f"B{dice.randrange(customers)}", number % PAGES)
        return (time.perf_counter() - due) * 1000

    with ThreadPoolExecutor(THREADS, initializer=connections.close_all) as pool:
        return list(pool.map(measure_request, range(rate * seconds)))


def ask(key: str, customer: str, page: int) -> None:
    """Request the content of a page; raises if the request is refused."""
    if not hasattr(CLIENTS, "client"):
        CLIENTS.client = Client()
    answer = CLIENTS.client.generic(
        "POST",
        PATH,
        json.dumps({"customer_id": customer, "page_type": f"page-{page}"}),
        content_type="application/json",
        headers={"Authorization": f"Token {key}"},
    )
    if answer.status_code != 200:
        raise SystemExit(answer.content.decode())


def shop(customers: int) -> str:
    """Make customers who let themselves be tracked, segments, placements; return a key."""
    site, store = Website.objects.get(code="default"), Store.objects.get(code="default")
    group = CustomerGroup.objects.get(code="general")
    people = Customer.objects.bulk_create(
        (
            Customer(external_id=f"B{number}", website=site, store=store, group=group)
            for number in range(customers)
        ),
        batch_size=1_000,
    )
    at = now()
    Consent.objects.bulk_create(
        (
            Consent(customer=one, purpose="tracking", state="granted", source="benchmark", at=at)
            for one in people
        ),
        batch_size=1_000,
    )
    tree = {"match": "all", "conditions": []}
    for number in range(SEGMENTS):
        made = create_segment(
            Definition(f"Bench {number}", conditions=tree), code=f"bench-{number}", author=None
        )
        Membership.objects.bulk_create(
            (
                Membership(segment=made.segment, customer=one, entered_at=at)
                for one in people[number % MEMBERS :: MEMBERS]
            ),
            batch_size=1_000,
            ignore_conflicts=True,
        )
    places = [
        resources.PLACEMENTS.create(
            {
                "code": f"bench-{number}",
                "page_type": f"page-{number % PAGES}",
                "default_content": {"type": "text", "text": "Hi"},
            },
            author=None,
        ).row
        for number in range(PLACEMENTS)
    ]
    for number in range(VARIANTS):
        resources.VARIANTS.create(
            {
                "code": f"v{number}",
                "audience": {"operator": "is_one_of", "segments": [f"bench-{number % SEGMENTS}"]},
                "priority": number,
                "content": {"type": "text", "text": f"Variant {number} for {{first_name|you}}"},
            },
            author=None,
            new=ExperienceVariant(placement=places[number % PLACEMENTS]),
        )
    boss = User.objects.create_superuser(f"bench-{at:%Y%m%d%H%M%S}")
    key: str = create_token(boss, author=None, permissions=[]).key
    return key


if __name__ == "__main__":
    main()
