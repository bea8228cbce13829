"""How many members of each state some syncs have."""

from collections.abc import Collection, Mapping

from django.db.models import Count

from campaigns.models import SyncMember, SyncMemberState


def counts_of(syncs: Collection[int]) -> Mapping[int, Mapping[str, int]]:
    """Return the numbers of members by the keys of `syncs` and by state, 0 included."""
    counts = {pk: dict.fromkeys(SyncMemberState.values, 0) for pk in syncs}
    rows = SyncMember.objects.filter(sync__in=syncs).values_list("sync", "state")
    for pk, state, number in rows.annotate(number=Count("pk")).order_by("sync", "state"):
        counts[pk][state] = number
    return counts
