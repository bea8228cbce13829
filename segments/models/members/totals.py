"""Counts of the whole shop; for a big shop, a worker stores them because counting takes long."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, models

from core.clock import now
from customers.models import Customer
from segments.models.definitions.segment import Segment
from segments.models.members.membership import Membership

# Pages use stored counts up to this age; workers count again long before.
SHOWN_FOR = timedelta(hours=1)
CUSTOMERS = Customer._meta.db_table
MEMBERSHIPS = Membership._meta.db_table
SEGMENTS = Segment._meta.db_table


class KeptTotals(models.Model):
    """The counts of a worker at one moment; there are none for a small shop."""

    name = models.CharField(max_length=16, primary_key=True, default="shop")
    at = models.DateTimeField()
    # Items: [kind, website, customer group, active customers, active customers in no segment].
    scopes = models.JSONField()
    # Items: [segment, other segment, customers in both]; null where there was no time.
    overlaps = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.at}"

    @property
    def counts(self) -> "list[InScope]":
        """The customers by their scopes."""
        return [InScope(*scope) for scope in self.scopes]

    @property
    def customers(self) -> int:
        """The number of active customers."""
        return sum(scope.customers for scope in self.counts)

    @property
    def in_no_segment(self) -> int:
        """The number of active customers in no active segment."""
        return sum(scope.in_no_segment for scope in self.counts)


@dataclass(frozen=True)
class InScope:
    """The numbers of active customers of one kind, website and group: all, and in no segment."""

    kind: str
    website_id: int
    group_id: int
    customers: int
    in_no_segment: int


def recent_totals() -> KeptTotals | None:
    """Return the counts, if they are at most `SHOWN_FOR` old; None without any."""
    return KeptTotals.objects.filter(at__gt=now() - SHOWN_FOR).first()


def count_scopes() -> list[InScope]:
    """Return the counts of active customers by scope, from one statement and so one moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT c.kind, c.website_id, c.group_id, COUNT(*), COUNT(*) - COUNT(m.customer_id)
            FROM {CUSTOMERS} c
            LEFT JOIN (
                SELECT DISTINCT customer_id FROM {MEMBERSHIPS}
                WHERE segment_id IN (SELECT id FROM {SEGMENTS} WHERE is_active)
            ) m ON m.customer_id = c.id
            WHERE c.is_active
            GROUP BY c.kind, c.website_id, c.group_id
            """
        )
        return [InScope(*row) for row in cursor.fetchall()]


def count_overlaps(most: int) -> list[tuple[int, int, int]]:
    """Return the pairs of active segments that share the most stored members, most first.

    Each as the ids of both and how many customers are in both.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT a.segment_id, b.segment_id, COUNT(*) AS shared
            FROM {MEMBERSHIPS} a
            JOIN {MEMBERSHIPS} b ON b.customer_id = a.customer_id AND b.segment_id > a.segment_id
            JOIN {SEGMENTS} s ON s.id = a.segment_id AND s.is_active
            JOIN {SEGMENTS} t ON t.id = b.segment_id AND t.is_active
            GROUP BY a.segment_id, b.segment_id
            ORDER BY shared DESC, a.segment_id, b.segment_id
            LIMIT {int(most)}
            """
        )
        return [(first, second, shared) for first, second, shared in cursor.fetchall()]
