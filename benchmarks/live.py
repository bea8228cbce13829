"""Live checks, and a customer's stored memberships, against a read by key with the same driver.

In processor time of this process, so that others on the machine count little.
"""

from django.db import connection

from benchmarks.chaos import condition
from benchmarks.made import made, make, settle
from benchmarks.measure import Goal, Kind, Options, Row, in_turn, processor_milliseconds
from customers.models import Customer
from segments.membership import memberships, segments_of
from segments.models import Segment

FEW, MANY = 20, 200


def rows(options: Options) -> list[Row]:
    settle()
    rounds = options.rounds * 20
    with made(FEW, condition) as segments:
        found = checks(segments, rounds, Goal(Kind.TIMES, 15))
        segments += [make(index, condition(index)) for index in range(FEW, MANY)]
        found += checks(segments, rounds, Goal(Kind.TIMES, 40))[:1]
    return found


def checks(segments: list[Segment], rounds: int, goal: Goal) -> list[Row]:
    """Return the times of a customer's segments, computed live and read as stored."""
    customer = Customer.objects.order_by("pk")[1000:1001].get()
    codes = [segment.code for segment in segments]
    key = (segments[0].pk, customer.pk)
    live, stored, raw, joined = in_turn(
        lambda: memberships(codes, customer),
        lambda: segments_of(customer),
        lambda: read_by_key(key),
        lambda: read_by_customer(customer.pk),
        rounds=rounds,
        clock=processor_milliseconds,
    )
    what, same = "the stored segments of a customer", "the same statement by the driver"
    return [
        Row("live", f"{len(codes)} segments", live, "read by key", raw, (goal,)),
        Row("live", what, stored, same, joined, (Goal(Kind.TIMES, 1.5),)),
    ]


def read_by_customer(customer_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.code FROM segments_membership m"
            " JOIN segments_segment s ON s.id = m.segment_id"
            " WHERE m.customer_id = %s AND s.is_active ORDER BY s.priority, s.name, s.id",
            [customer_id],
        )
        cursor.fetchall()


def read_by_key(key: tuple[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM segments_membership WHERE segment_id = %s AND customer_id = %s", key
        )
        cursor.fetchone()
