"""Deletes the behaviour of customers who refuse tracking, as soon as the refusal is noticed.

A refusal marks its customer, whichever program writes it (`customers.changes`). A worker processes
marks every second, each in the transaction that deletes the mark: a killed worker leaves the mark
to the next one. Behaviour that was stored by a transaction concurrent with the refusal marks its
customer as well, and is deleted in the same way. Customers who have neither granted nor refused
tracking keep their stored behaviour.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from customers.models import Customer, Purpose
from customers.privacy.consent import has_refused
from personalization.models import BehaviorEvent, FactDetails, Recalculation

# What a customer did: a recalculation names the behaviour that it followed.
FORGOTTEN = (BehaviorEvent, FactDetails, Recalculation)
# The number of customers at once.
BATCH = 1_000


def forget_refused(*, customers: Collection[int] | None, **_what: object) -> None:
    """Delete the behaviour of customers who refused, among the keys `customers` (None: all)."""
    stored = Q()
    for model in FORGOTTEN:
        stored |= Q(Exists(model._default_manager.filter(customer=OuterRef("pk"))))
    rows = Customer.objects.filter(stored).filter(has_refused(Purpose.TRACKING))
    if customers is not None:
        rows = rows.filter(pk__in=customers)
    keys = list(rows.values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        for model in FORGOTTEN:
            model._default_manager.filter(customer__in=keys[first : first + BATCH]).delete()
