"""Scores: computed for everybody every night, and for those whom an import touches at once."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.expressions import RawSQL

from core.clock import now
from customers.changes.once import marking_once
from customers.models import Customer, Order
from tests.loyalty.models import PointsEntry, PointsScore

POINTS_OF_AN_ORDER = 10
BATCH = 1_000


def write_scores(*, as_of: datetime | None = None, using: str = "default") -> None:
    """Write everybody's score as of an aware instant; now unless given."""
    with marking_once(using=using, own_figures=True):
        _write(Customer.objects.using(using), as_of or now())


def score_touched(*, table: str, using: str) -> None:
    """Write the scores of the customers in `table`, in the transaction of an import."""
    touched = RawSQL(f"SELECT customer_id FROM {table} WHERE customer_id IS NOT NULL", ())
    _write(Customer.objects.using(using).filter(pk__in=touched), now())


def score_everybody(*, using: str) -> None:
    """Write all scores after a migration in which changes may have gone unnoticed."""
    write_scores(using=using)


def _write(customers: QuerySet[Customer], as_of: datetime) -> None:
    """Write the scores of `customers`, changed or not: the triggers see which values differ."""
    found = customers.annotate(
        points=_of_customer(PointsEntry.objects.filter(at__lte=as_of), Sum("points")),
        orders_count=_of_customer(Order.objects.filter(created_at__lte=as_of), Count("pk")),
    ).values_list("pk", "points", "orders_count")
    scores = (
        PointsScore(
            customer_id=pk, value=(points or 0) + POINTS_OF_AN_ORDER * (count or 0), as_of=as_of
        )
        for pk, points, count in found.order_by("pk").iterator(chunk_size=BATCH)
    )
    _upsert(scores, customers.db)


def _of_customer(rows: QuerySet, figure: Sum | Count) -> Subquery:
    of_one = rows.filter(customer=OuterRef("pk")).order_by()
    return Subquery(of_one.values("customer").annotate(found=figure).values("found"))


def _upsert(scores: Iterable[PointsScore], using: str) -> None:
    scores = iter(scores)
    while batch := list(islice(scores, BATCH)):
        PointsScore.objects.using(using).bulk_create(
            batch,
            update_conflicts=True,
            unique_fields=["customer"],
            update_fields=["value", "as_of"],
        )
