"""Sales attributed to mail, by the one attribution: sales whose last touch was a click in a mail.

The attribution is bookkeeping: it does not say what would have been sold without the mail.
"""

from datetime import datetime, timedelta
from typing import Any

from campaigns.results.touches import stores_touches

MODEL, BY, WINDOW = "last_touch", "campaign", timedelta(days=7)
NOT_TOLD: dict[str, Any] = {"orders": None, "revenue": None}


def brought_by(source: str, at: datetime, *, since: datetime | None = None) -> dict[str, Any]:
    """Return the `orders`, and their `revenue` (text, 4 decimals) that `source` is credited with.

    `source` is the source of clicks (`campaigns.results.touches`). A sale until `at` (aware) counts
    if its customer clicked at most 7 days before, not before `since` (aware), and touched nothing
    else afterwards. Both are None without predictions or without personalization.
    """
    if not stores_touches():
        return NOT_TOLD
    from personalization.behavior.touches import EMAIL_CLICKED
    from personalization.models import BehaviorEvent
    from predictions.attribution import attribute
    from predictions.attribution.journey import in_order
    from predictions.attribution.journeys import Period, journeys_of

    clicks = BehaviorEvent.objects.filter(
        behavior_type=EMAIL_CLICKED, data__campaign=source, occurred_at__lte=at
    )
    if since is not None:
        clicks = clicks.filter(occurred_at__gte=since)
    customers = clicks.order_by("customer").values_list("customer", flat=True).distinct()
    # The end of a period is exclusive, and sales at this very instant count.
    period = Period(since, at + timedelta.resolution, WINDOW, at)
    found = [
        one
        for one in journeys_of(list(customers), period, BY)
        if one.revenue is not None and in_order(one)[-1].key == source
    ]
    revenue = attribute(found, MODEL).get(source, 0)
    return {"orders": len(found), "revenue": f"{revenue:.4f}"}
