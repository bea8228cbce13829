"""Whoever was erased stands in no entry of the change log, whatever was being written meanwhile.

A writer may have read who enters and leaves before the erasure, and write it after. So each looks
whether of those who are gone by then anybody was erased, and the erasure looks once more, until all
who may have written before it are done. Of the two one always comes second.
"""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from core.clock import now
from customers.models import Customer, Erasure
from customers.privacy.erased import erased_among
from customers.privacy.holdings import Person, Rows
from segments.engine.change_log import newest_number, settled_number
from segments.models import MembershipChange

# No transaction of a writer lasts longer.
LONGEST = timedelta(days=1)


def changes_of(person: Person) -> Rows:
    """Return their changes, those from before they were deleted and came back among them."""
    return MembershipChange.objects.filter(
        Q(customer_id=person.pk) | Q(customer_external_id__in=person.numbers)
    )


def forget_written(after: int) -> None:
    """Take who was erased out of the entries above `after`; by their writer, once they are there.

    Nothing is looked at unless somebody was erased lately.
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
    """Take `person` out of the change log once more; until nobody writes to it from before."""
    newest = newest_number()
    is_settled = settled_number(own=False) >= newest
    changes_of(person).update(customer_id=None, customer_external_id=None)
    if not is_settled:
        yield _("entries of the change log that are being written")
