"""Live checks and one stored membership, against a read by primary key with the same driver.

In processor time of this process, so that others on the machine count little.
"""

from django.db import connection

from benchmarks.chaos import condition
from benchmarks.made import made, make, settle
from benchmarks.measure import Goal, Kind, Options, Row, in_turn, processor_milliseconds
from customers.models import Customer
from segments.membership import memberships
from segments.models import Membership, Segment

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
    """All segments live, and one stored membership."""
    customer = Customer.objects.order_by("pk")[1000:1001].get()
    codes = [segment.code for segment in segments]
    key = (segments[0].pk, customer.pk)
    live, stored, raw = in_turn(
        lambda: memberships(codes, customer),
        lambda: Membership.objects.filter(pk=key).exists(),
        lambda: read_by_key(key),
        rounds=rounds,
        clock=processor_milliseconds,
    )
    return [
        Row("live", f"{len(codes)} segments", live, "read by key", raw, (goal,)),
        Row("live", "one stored", stored, "read by key", raw, (Goal(Kind.TIMES, 1.5),)),
    ]


def read_by_key(key: tuple[int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM segments_membership WHERE segment_id = %s AND customer_id = %s", key
        )
        cursor.fetchone()
