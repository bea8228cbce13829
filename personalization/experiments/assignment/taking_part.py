"""Participation in experiments that a higher-level app shows, and the assignments of variants.

The rules are those of every other experiment (`experiences.serving`); the app gives the time.
"""

from datetime import datetime

from customers.models import Customer
from personalization.experiences.serving.assignments import Assigned
from personalization.experiences.serving.catalogue import catalogue, running_of
from personalization.experiences.serving.shopper import Shopper
from personalization.models import Assignment, Experiment


def variant_for(customer: Customer, code: str, at: datetime) -> str | None:
    """Return the variant of the experiment `code` that `customer` gets at `at` (aware).

    Nothing is stored. None: it is not running, or they do not take part: they are not in its
    audience or its traffic, held out, refuse personalization or may not be tracked.
    """
    running = catalogue().elsewhere.get(code)
    if running is None:
        return None
    return Assigned(Shopper(customer, at), [running], is_untracked=False).variant(running)


def note_assigned(customer: Customer, code: str, variant: str, at: datetime) -> None:
    """Store that `customer` was shown `variant` of the experiment `code` at `at` (aware).

    A stored assignment never changes. Nothing is stored for a customer who does not take part by
    now. Runs in the caller's transaction; it does not matter whether the experiment has been
    stopped.
    """
    row = Experiment.objects.filter(code=code).first()
    if row is None:
        return
    experiment = running_of(row)
    assigned = Assigned(Shopper(customer, at), [experiment], is_untracked=False)
    if assigned.takes_part:
        new = assigned.new([(experiment, variant)])
        Assignment.objects.bulk_create(new, ignore_conflicts=True)
