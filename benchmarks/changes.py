"""1,000 changed customers and the segments that they are judged by, in one batch."""

import statistics
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Max

from benchmarks.chaos import condition
from benchmarks.made import made, settle
from benchmarks.measure import Goal, Kind, Options, Row, milliseconds
from benchmarks.refresh import refresh_all
from customers.fields import UNITS_PER_ONE
from customers.models import Order
from segments.engine.changed_customers import process_batch, process_changes

CUSTOMERS = 1_000
FEW, MANY = 20, 200
BIRTHDAYS = 500


def rows(options: Options) -> list[Row]:
    few, full_of_few = batches_among(FEW, condition, options.rounds)
    many, full_of_many = batches_among(MANY, condition, options.rounds)
    one_more = (statistics.median(many) - statistics.median(few)) / (MANY - FEW)
    birthdays, _full = batches_among(BIRTHDAYS, birthday, options.rounds)
    return [
        _row(FEW, few, full_of_few, goal_ms=200),
        _row(MANY, many, full_of_many, goal_ms=1000),
        Row("changes", f"one more segment, {CUSTOMERS:,} customers", [one_more]),
        Row(
            "changes",
            f"an order each of {CUSTOMERS:,} x {BIRTHDAYS} segments about birthdays",
            birthdays,
        ),
    ]


def batches_among(
    number: int, condition: Callable[[int], dict[str, Any]], rounds: int
) -> tuple[list[float], float]:
    """Return how long batches take among so many segments, and a refresh of all these.

    Of many only some are refreshed, of each kind as many, and the others said to take as long.
    """
    with made(number, condition) as segments:
        some = segments[::9][:FEW] if number > FEW else segments
        refresh_all(some)
        full = milliseconds(lambda: refresh_all(some)) * number / len(some)
        return batches(rounds), full


def _row(number: int, ours: list[float], full: float, *, goal_ms: int) -> Row:
    goals = (Goal(Kind.FASTER, 50), Goal(Kind.MILLISECONDS, goal_ms))
    what = f"an order each of {CUSTOMERS:,} x {number} segments"
    return Row("changes", what, ours, "full refresh", [full], goals)


def birthday(index: int) -> dict[str, Any]:
    return {
        "attribute": "customer.date_of_birth",
        "operator": "anniversary_in_next_days",
        "value": index % 367,
    }


def batches(rounds: int) -> list[float]:
    """Change an order of each customer's, and return how long the batch takes, that often.

    The totals go up and down again, so that customers enter and leave; in the end all is as it was.
    """
    orders = _orders()
    taken: list[float] = []
    for amount in (500, -500):  # What these customers never were in, they now enter.
        _add(orders, amount)
        settle()
    for number in range(rounds + rounds % 2):
        _add(orders, 500 if number % 2 == 0 else -500)
        taken.append(milliseconds(process_batch))
        process_changes()
    return taken


def _orders() -> list[int]:
    """Return an order each of customers from all over the table."""
    sales = Order.objects.exclude(customer=None).exclude(state__in=("canceled", "closed"))
    latest = sales.values("customer_id").annotate(latest=Max("pk")).order_by("customer_id")
    orders = list(latest.values_list("latest", flat=True))
    return orders[:: max(1, len(orders) // CUSTOMERS)][:CUSTOMERS]


def _add(orders: list[int], amount: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_order SET grand_total = grand_total + %s WHERE id = ANY(%s)",
            [amount * UNITS_PER_ONE, orders],
        )
