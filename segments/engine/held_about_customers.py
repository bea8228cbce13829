"""What segments hold about customers, and what becomes of it when one is merged away or erased.

Memberships end, logged. Whether the customer whom a guest has become is a member is for their own
rows to say, the guest's ones among them by then.
"""

from datetime import datetime

from django.db.models import Q

from customers.models import Customer
from customers.privacy.holdings import HOLDINGS, Follow, Holding, Overtaken, Person, Rows, overwrite
from segments.database.locks import lock_members
from segments.engine.batch import batch_of
from segments.engine.stored_members import NOBODY, announce_diff, apply_diff
from segments.models import (
    ChangeReason,
    ListedCustomer,
    Membership,
    MembershipChange,
    MembershipOverride,
    Segment,
    WantedMember,
)


def register() -> None:
    """Register the models; called once, when Django is ready."""
    for holding in (
        Holding(Membership, "customer", stays=True, ending=end_memberships),
        Holding(MembershipOverride, "customer"),
        Holding(ListedCustomer, "customer"),
        Holding(
            MembershipChange,
            rows=_changes_of,
            columns=("customer_id", "customer_external_id"),
            erase=overwrite(customer_id=None, customer_external_id=None),
        ),
        # What a refresh has found and not yet written.
        Holding(WantedMember, rows=_wanted, columns=("customer_id",)),
    ):
        HOLDINGS.register(holding)


def end_memberships(customer: Customer) -> Follow:
    """Lock the segments that `customer` is in, and return what takes the customer out of them.

    Those with an override, or on whose list they are, are locked too: these move to another
    customer, or go.
    """
    locked = sorted(_segments_of(customer))
    for segment_id in locked:
        lock_members(segment_id)

    def end(at: datetime) -> None:
        if not _segments_of(customer) <= set(locked):
            raise Overtaken
        segments = list(Segment.objects.filter(pk__in=locked).order_by("pk"))
        with batch_of({customer.pk: ChangeReason.EVENT}):
            diff = apply_diff(segments, NOBODY, at=at, only_batch=True)
        announce_diff(segments, diff)

    return end


def _segments_of(customer: Customer) -> set[int]:
    return {
        segment_id
        for model in (Membership, MembershipOverride, ListedCustomer)
        for segment_id in model._default_manager.filter(customer=customer).values_list(
            "segment_id", flat=True
        )
    }


def _changes_of(person: Person) -> Rows:
    """Return their changes, those from before they were deleted and came back among them."""
    return MembershipChange.objects.filter(
        Q(customer_id=person.pk) | Q(customer_external_id__in=person.numbers)
    )


def _wanted(person: Person) -> Rows:
    return WantedMember.objects.filter(customer_id=person.pk)
