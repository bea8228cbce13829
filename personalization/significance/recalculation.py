"""The immediate computation of a customer's interests after a significant behaviour.

Profiles, insights, recommendations and the choice of a variant are computed at each call from the
stored rows, so that there are no other cached data of a customer to drop. Assignments of
experiments stay.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from core.api.parsing import ClockField
from personalization.intake.storage import Owned
from personalization.models import Recalculation
from personalization.models.behavior.types import BehaviorType
from personalization.profiles.interest_baseline import allowing
from personalization.profiles.writing import write_where_free
from personalization.signals import personalization_recalculated
from segments.webhooks.topics import queue_messages

TOPIC = "personalization_recalculated"
# A customer is announced at most once within this time.
QUIET = timedelta(minutes=1)
CLOCK = ClockField()


def recalculate_if_significant(
    behaviors: Sequence[Owned], significances: Sequence[float], at: datetime
) -> None:
    """Compute interests again after behaviours above `settings.SIGNIFICANCE_THRESHOLD`.

    To be called in a transaction that holds the customers' rows; the signal and the webhook
    messages follow after commit, at most once a minute and customer.
    """
    # If a customer has several behaviours, the most significant one is announced.
    found: dict[int, tuple[float, Owned]] = {}
    for one, significance in zip(behaviors, significances, strict=True):
        if significance > max(settings.SIGNIFICANCE_THRESHOLD, found.get(one.customer.pk, (0,))[0]):
            found[one.customer.pk] = significance, one
    if not found:
        return
    keys = set(allowing().filter(pk__in=found).values_list("pk", flat=True))
    if not keys:
        return
    write_where_free(keys)
    lately = Recalculation.objects.filter(customer__in=keys, at__gt=at - QUIET)
    announced = keys - set(lately.values_list("customer", flat=True))
    rows = [
        Recalculation(
            customer=found[key][1].customer,
            behavior_type=found[key][1].behavior.type.name,
            significance=found[key][0],
            at=at,
        )
        for key in sorted(announced)
    ]
    Recalculation.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=["behavior_type", "significance", "at"],
    )
    queue_messages(TOPIC, [[row.customer_id] for row in rows])
    for row in rows:
        transaction.on_commit(partial(_send, recalculation_values(row)), robust=True)


def recalculation_values(row: Recalculation) -> Mapping[str, Any]:
    """Return the announced values of a recalculation, whose customer is loaded."""
    return {
        "customer": row.customer.external_id,
        "behavior_type": row.behavior_type,
        "significance": row.significance,
        "at": row.at,
    }


def message_of(reference: Sequence[int]) -> Mapping[str, Any] | None:
    """Return the body of a webhook message about a customer's key; None: the customer is gone.

    The body is that of the last recalculation.
    """
    (key,) = reference
    row = Recalculation.objects.select_related("customer").filter(pk=key).first()
    if row is None:
        return None
    return {**recalculation_values(row), "at": CLOCK.to_representation(row.at)}


def _send(values: Mapping[str, Any]) -> None:
    personalization_recalculated.send_robust(BehaviorType, **values)
