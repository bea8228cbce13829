"""How many members of each state some syncs have."""

from collections.abc import Collection, Mapping

from django.db.models import Count, QuerySet

from campaigns.models import SyncMember, SyncMemberState
from core.access.website_limits import Websites
from customers.models import Customer


def of_customers(rows: QuerySet[SyncMember], allowed_websites: Websites) -> QuerySet[SyncMember]:
    """Return those of `rows` that are customers of `allowed_websites` (None: all)."""
    if allowed_websites is None:
        return rows
    customers = Customer.objects.filter(website__in=sorted(allowed_websites))
    return rows.filter(customer_id__in=customers.values("pk"))


def counts_of(
    syncs: Collection[int], *, allowed_websites: Websites = None
) -> Mapping[int, Mapping[str, int]]:
    """Return the numbers of members by the keys of `syncs` and by state, 0 included.

    Only customers of `allowed_websites` count (None: all).
    """
    counts = {pk: dict.fromkeys(SyncMemberState.values, 0) for pk in syncs}
    members = of_customers(SyncMember.objects.filter(sync__in=syncs), allowed_websites)
    rows = members.values_list("sync", "state")
    for pk, state, number in rows.annotate(number=Count("pk")).order_by("sync", "state"):
        counts[pk][state] = number
    return counts
