"""The rows about customers in this app, and what happens to them on a merge or an erasure.

Memberships end, with an entry in the change log. After a merge, the remaining customer is evaluated
by their own rows, which by then include those of the guest.
"""

from collections.abc import Collection
from datetime import datetime

from customers.models import Customer
from customers.privacy.elsewhere import REMOVALS
from customers.privacy.holdings import (
    HOLDINGS,
    Follow,
    Holding,
    Overtaken,
    Person,
    Rows,
    overwrite,
    person_of,
)
from segments.database.locks import lock_members
from segments.engine.batch import batch_of
from segments.engine.members.erased_customers import changes_of, forget_person
from segments.engine.members.stored_members import NOBODY, announce_diff, apply_diff
from segments.models import (
    ChangedSinceSnapshot,
    ChangeReason,
    ListedCustomer,
    Membership,
    MembershipChange,
    MembershipOverride,
    Segment,
    Stay,
    WantedMember,
)


def register() -> None:
    """Register the models and `forget_person`; called once, when Django is ready."""
    REMOVALS.register(forget_person)
    for holding in (
        Holding(Membership, "customer", stays=True, ending=end_memberships),
        Holding(MembershipOverride, "customer"),
        Holding(ListedCustomer, "customer"),
        Holding(
            MembershipChange,
            rows=changes_of,
            columns=("customer_id", "customer_external_id"),
            erase=overwrite(customer_id=None, customer_external_id=None),
        ),
        # Members that a refresh has found and not yet written.
        Holding(WantedMember, rows=_wanted, columns=("customer_id",)),
        Holding(ChangedSinceSnapshot, rows=_change_marks, columns=("customer_id",)),
        Holding(Stay, rows=_stays, columns=("customer_id",), erase=leave_to_log),
    ):
        HOLDINGS.register(holding)


def end_memberships(customer: Customer) -> Follow:
    """Lock the segments of `customer`, and return the function that ends the memberships.

    Locks the segments in which they are a member, have an override or are on the list: overrides
    and list entries move to another customer or are deleted. Also locks the segments of a deleted
    customer with the same number, so that their leaving is logged while the log still has that
    number. The returned function takes the instant of the change, and raises Overtaken where the
    customer has entered further segments since they were locked.
    """
    earlier = _deleted_before(customer)
    locked = sorted(_segments_of({customer.pk, *earlier}))
    for segment_id in locked:
        lock_members(segment_id)

    def end(at: datetime) -> None:
        deleted = _deleted_before(customer)
        if not _segments_of({customer.pk, *deleted}) <= set(locked):
            raise Overtaken
        segments = list(Segment.objects.filter(pk__in=locked).order_by("pk"))
        reasons = dict.fromkeys([customer.pk, *deleted], ChangeReason.EVENT)
        with batch_of(reasons, deleted):
            diff = apply_diff(segments, NOBODY, at=at, only_batch=True)
        announce_diff(segments, diff)

    return end


def _segments_of(ids: Collection[int]) -> set[int]:
    return {
        segment_id
        for model in (Membership, MembershipOverride, ListedCustomer)
        for segment_id in model._default_manager.filter(customer__in=ids).values_list(
            "segment_id", flat=True
        )
    }


def _deleted_before(customer: Customer) -> dict[int, str]:
    """Return the ids and numbers that `customer` had before a deletion and a new creation."""
    numbers = person_of(customer).numbers
    logged = MembershipChange.objects.filter(customer_external_id__in=numbers)
    known = {
        pk: number
        for pk, number in logged.values_list("customer_id", "customer_external_id")
        if pk is not None and number is not None
    }
    there = set(Customer.objects.filter(pk__in=known).values_list("pk", flat=True))
    return {pk: number for pk, number in known.items() if pk not in there}


def _stays(person: Person) -> Rows:
    return Stay.objects.filter(is_stay=True, customer=person.pk)


def leave_to_log(rows: Rows, person: Person, *, keep_orders: bool) -> int:
    """Erase nothing, because the view's rows are those of the change log and of memberships."""
    return 0


def _wanted(person: Person) -> Rows:
    return WantedMember.objects.filter(customer_id=person.pk)


def _change_marks(person: Person) -> Rows:
    return ChangedSinceSnapshot.objects.filter(customer_id=person.pk)
