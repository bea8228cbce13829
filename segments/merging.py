"""What becomes of a guest's memberships when the guest is merged into a customer: they end, logged.

Whether the customer is a member is for their own rows to say, the guest's ones among them by then.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from customers.merging import Follow, Overtaken
from customers.models import Customer
from segments.diff import apply_diff
from segments.locks import lock_members
from segments.models import ChangeReason, Membership, MembershipOverride, Segment
from segments.signals import announce


def end_memberships(guest: Customer) -> Follow:
    """Lock the segments that `guest` is in, and return what takes the guest out of them.

    Those with a decision by hand are locked too: it moves to the customer.
    """
    locked = sorted(_segments_of(guest))
    for segment_id in locked:
        lock_members(segment_id)

    def end(_customer: Customer, at: datetime) -> None:
        if not _segments_of(guest) <= set(locked):
            raise Overtaken
        for segment in Segment.objects.filter(pk__in=locked).order_by("pk"):
            _leave(segment, guest, at)

    return end


def _segments_of(guest: Customer) -> set[int]:
    return {
        segment_id
        for model in (Membership, MembershipOverride)
        for segment_id in model._default_manager.filter(customer=guest).values_list(
            "segment_id", flat=True
        )
    }


def _leave(segment: Segment, guest: Customer, at: datetime) -> None:
    nobody = Customer.objects.none()
    diff = apply_diff(segment, nobody, reason=ChangeReason.EVENT, at=at, only=guest)
    if diff.left:
        Segment.objects.filter(pk=segment.pk).update(members_count=F("members_count") - 1)
        transaction.on_commit(
            lambda: announce(segment, None, after=diff.after, last=diff.last), robust=True
        )
