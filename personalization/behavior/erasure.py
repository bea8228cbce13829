"""Deletes the behaviour of who refuses tracking, as soon as the refusal is noticed.

A refusal marks its customer, whichever program writes it (`customers.changes`), and a worker
processes marks every second, each in the transaction that takes the mark away: whoever is killed
leaves the mark to the next. What was stored beside a refusal that had just been read as none marks
its customer too, and goes the same way. Who has said nothing keeps what is there.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from customers.models import Customer, Purpose
from customers.privacy.consent import has_refused
from personalization.models import BehaviorEvent, FactDetails

# So many customers at once.
BATCH = 1_000


def forget_refused(*, customers: Collection[int] | None, **_what: object) -> None:
    """Delete the behaviour of those who have refused, among the keys `customers` (None: all)."""
    events, details = (
        Exists(model._default_manager.filter(customer=OuterRef("pk")))
        for model in (BehaviorEvent, FactDetails)
    )
    rows = Customer.objects.filter(events | details).filter(has_refused(Purpose.TRACKING))
    if customers is not None:
        rows = rows.filter(pk__in=customers)
    keys = list(rows.values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        for model in (BehaviorEvent, FactDetails):
            model._default_manager.filter(customer__in=keys[first : first + BATCH]).delete()
