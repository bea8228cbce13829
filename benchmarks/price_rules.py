"""How long a cart's evaluation takes beside a read by key: 200 rules, 50 lines, many segments.

Run as `python -m benchmarks.price_rules`, in the database of the settings: what it makes it takes
back. The goal is a p95 of 50 ms on PostgreSQL.
"""

import os
import statistics
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "segmentation_site.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from customers.models import Customer, CustomerGroup, Store, Website  # noqa: E402
from price_rules.evaluation import evaluate  # noqa: E402
from price_rules.resource import PRICE_RULES  # noqa: E402
from segments.editing.saving import create_segment  # noqa: E402
from segments.rules.definition import Definition as SegmentDefinition  # noqa: E402

RULES, LINES, SEGMENTS, TIMES = 200, 50, 20, 100


def main() -> None:
    with transaction.atomic():
        customer = shop()
        cart = {
            "items": [
                {"sku": f"S{number}", "quantity": number % 4 + 1, "price": f"{number}.99"}
                for number in range(LINES)
            ]
        }
        evaluate(cart, customer=customer)
        with CaptureQueriesContext(connection) as asked:
            found = evaluate(cart, customer=customer)
        print(f"{len(found.applied)} of {RULES} rules applied, {len(asked)} questions")
        read = measure_calls(lambda: Customer.objects.get(pk=customer.pk))
        took = measure_calls(lambda: evaluate(cart, customer=customer))
        for name, times in (("read by key", read), ("evaluation", took)):
            p95 = statistics.quantiles(times, n=20)[-1]
            print(f"{name}: median {statistics.median(times):.1f} ms, p95 {p95:.1f} ms")
        print(f"{statistics.median(took) / statistics.median(read):.0f} reads by key")
        transaction.set_rollback(True)


def measure_calls(call: Callable[[], object]) -> list[float]:
    """Return how long each call took, in ms of this process's time and the database's."""
    times = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        call()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def shop() -> Customer:
    """Make rules of every kind, half of them about segments or conditions; return a customer."""
    customer = Customer.objects.create(
        external_id="benchmark",
        group=CustomerGroup.objects.get(code="general"),
        website=Website.objects.get(code="default"),
        store=Store.objects.get(code="default"),
    )
    for number in range(SEGMENTS):
        spent = {"attribute": "lifetime.sales", "operator": "gte", "value": number}
        tree = {"match": "all", "conditions": [spent]}
        create_segment(
            SegmentDefinition(f"S{number}", conditions=tree), code=f"bench-{number}", author=None
        )
    for number in range(RULES):
        values: dict[str, object] = {}
        if number % 2:
            values["segments"] = {"operator": "is", "segments": [f"bench-{number % SEGMENTS}"]}
        if number % 4 == 0:
            condition = {"attribute": "cart.subtotal", "operator": "gte", "value": number}
            values["conditions"] = {"match": "all", "conditions": [condition]}
        if number % 5 == 0:
            condition = {
                "attribute": "cart_item.sku",
                "operator": "ends_with",
                "value": str(number % 10),
            }
            values["items"] = {"match": "all", "conditions": [condition]}
        said = {"code": f"bench-{number}", "name": f"R{number}", "value": "0.5", "priority": number}
        PRICE_RULES.create(said | values, author=None)
    return customer


if __name__ == "__main__":
    main()
