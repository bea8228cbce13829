"""Personal data of experiments: the assigned variants."""

from datetime import UTC, datetime, time
from typing import Any

from customers.models import Customer
from customers.privacy.holdings import HOLDINGS, Holding, Person, Rows
from personalization.experiments.bandits.outcomes import schedule_of
from personalization.models import Assignment, Mode


def register() -> None:
    """Register the model; called once, when Django is ready."""
    HOLDINGS.register(Holding(Assignment, "customer", erase=_unname, before_move=_keep_the_earlier))


def _unname(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Keep variant and day (UTC), so that the sizes of the arms do not change.

    The assignment of a bandit stays in its batch, against whose weights the split is tested.
    """
    found = list(rows.select_related("experiment"))
    for row in found:
        row.customer, row.segments = None, []
        row.assigned_at = _start_of_day(row)
        row.save(update_fields=["customer", "segments", "assigned_at"])
    return len(found)


def _start_of_day(row: Assignment) -> datetime:
    """Return the first instant of an assignment's day (of UTC) that lies in its bandit's batch."""
    day = datetime.combine(row.assigned_at.astimezone(UTC), time(), UTC)
    if row.experiment.mode != Mode.BANDIT or row.experiment.started_at is None:
        return day
    schedule = schedule_of(row.experiment)
    return max(day, schedule.start_of(schedule.number_at(row.assigned_at)))


def _keep_the_earlier(guest: Customer, customer: Customer) -> None:
    """Delete the later of two assignments to the same experiment, the guest's or the customer's."""
    theirs: dict[int, Any] = {
        one.experiment_id: one for one in Assignment.objects.filter(customer=customer)
    }
    for one in Assignment.objects.filter(customer=guest):
        other = theirs.get(one.experiment_id)
        if other is not None:
            later = other if one.assigned_at < other.assigned_at else one
            later.delete()
