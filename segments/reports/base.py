"""The numbers of customers in the scopes of segments, the base of percentages."""

from collections.abc import Iterable

from django.db.models import Count, prefetch_related_objects

from customers.models import Customer
from segments.models import KeptTotals, Segment
from segments.rules.evaluation.rule import scope_of


def scope_counts(segments: Iterable[Segment], kept: KeptTotals | None = None) -> dict[int, int]:
    """Return how many customers are in the scope of each of `segments`, by its id.

    Runs three queries for any number of segments: customers are counted once by kind, website and
    group, and added up for each scope. With `kept`, uses its stored counts.
    """
    segments = list(segments)
    prefetch_related_objects(segments, "websites", "customer_groups")
    counts: Iterable[tuple[str, int, int, int]]
    if kept:
        counts = [(one.kind, one.website_id, one.group_id, one.customers) for one in kept.counts]
    else:
        counts = (
            Customer.objects.filter(is_active=True)
            .values_list("kind", "website_id", "group_id")
            .annotate(count=Count("*"))
            .order_by()
        )
    kinds = [
        (Customer(kind=kind, website_id=website, group_id=group, is_active=True), count)
        for kind, website, group, count in counts
    ]
    return {
        segment.pk: sum(count for customer, count in kinds if scope.includes(customer))
        for segment in segments
        for scope in [scope_of(segment)]
    }
