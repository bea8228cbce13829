"""Who takes part in an experiment that an app above shows, and that they were shown a variant.

The rules are those of every other experiment (`experiences.serving`); the app says when.
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

    Once: a stored assignment stays. Nothing is stored of who takes no part by now, in the caller's
    transaction; whether the experiment has been stopped meanwhile does not matter.
    """
    row = Experiment.objects.filter(code=code).first()
    if row is None:
        return
    experiment = running_of(row)
    assigned = Assigned(Shopper(customer, at), [experiment], is_untracked=False)
    if assigned.takes_part:
        new = assigned.new([(experiment, variant)])
        Assignment.objects.bulk_create(new, ignore_conflicts=True)
