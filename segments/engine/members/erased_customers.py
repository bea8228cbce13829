"""Keeps erased customers out of the change log, also where entries are written concurrently.

A writer may have read who enters and leaves before an erasure, and write the entries after it.
Therefore each writer checks whether any deleted customer in its entries was erased, and the erasure
repeats its update until all writers that may have started before it have ended. Of the two, one
always runs after the other and finds the entries.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from core.clock import now
from customers.models import Customer, Erasure
from customers.privacy.erased import erased_among
from customers.privacy.holdings import Person, Rows
from segments.engine.members.change_log import newest_number, settled_number
from segments.models import MembershipChange

# No writer's transaction lasts longer than this.
LONGEST = timedelta(days=1)


def changes_of(person: Person) -> Rows:
    """Return the changes of `person`, including those from before a deletion and a new creation."""
    return MembershipChange.objects.filter(
        Q(customer_id=person.pk) | Q(customer_external_id__in=person.numbers)
    )


def forget_written(after: int) -> None:
    """Remove erased customers from the entries above `after`; their writer calls it after writing.

    Reads no entries unless somebody was erased within `LONGEST`.
    """
    if not Erasure.objects.filter(requested_at__gt=now() - LONGEST).exists():
        return
    there = Customer.objects.filter(pk=OuterRef("customer_id"))
    written = MembershipChange.objects.filter(sequence__gt=after)
    gone = written.exclude(Exists(there)).values_list("customer_external_id", flat=True)
    numbers = erased_among({number for number in gone.distinct() if number is not None})
    if numbers:
        rows = written.filter(customer_external_id__in=numbers)
        rows.update(customer_id=None, customer_external_id=None)


def forget_person(person: Person) -> Iterator[str]:
    """Remove `person` from the change log again; yield while earlier writers are still at work."""
    newest = newest_number()
    is_settled = settled_number(own=False) >= newest
    changes_of(person).update(customer_id=None, customer_external_id=None)
    if not is_settled:
        yield _("entries of the change log that are being written")
