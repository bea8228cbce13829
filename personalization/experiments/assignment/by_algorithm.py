"""The experiment that compares algorithms of personal recommendations, in all requests for them."""

from datetime import datetime

from django.db import transaction

from customers.models import Customer
from personalization.experiences.serving.assignments import Assigned
from personalization.experiences.serving.catalogue import catalogue
from personalization.experiences.serving.shopper import Shopper
from personalization.models import Assignment


def algorithm_for(customer: Customer | None, at: datetime, *, is_untracked: bool) -> str | None:
    """Return the algorithm of the variant assigned to `customer`, and store the assignment.

    None if no experiment on algorithms alone is running, or the customer does not take part. `at`
    is aware, and is stored as the first exposure if there was none.
    """
    running = catalogue().by_algorithm
    if running is None or customer is None:
        return None
    assigned = Assigned(Shopper(customer, at), [running], is_untracked=is_untracked)
    variant = assigned.variant(running)
    if variant is None:
        return None
    new = assigned.new([(running, variant)])
    if new:
        with transaction.atomic():
            Assignment.objects.bulk_create(new, ignore_conflicts=True)
    return running.algorithms.get(variant)
