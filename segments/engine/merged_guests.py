"""What becomes of a guest's memberships when the guest is merged into a customer: they end, logged.

Whether the customer is a member is for their own rows to say, the guest's ones among them by then.
"""

from datetime import datetime

from customers.merging import Follow, Overtaken
from customers.models import Customer
from segments.database.locks import lock_members
from segments.engine.batch import batch_of
from segments.engine.stored_members import NOBODY, announce_diff, apply_diff
from segments.models import ChangeReason, Membership, MembershipOverride, Segment


def end_memberships(guest: Customer) -> Follow:
    """Lock the segments that `guest` is in, and return what takes the guest out of them.

    Those with an override are locked too: it moves to the customer.
    """
    locked = sorted(_segments_of(guest))
    for segment_id in locked:
        lock_members(segment_id)

    def end(_customer: Customer, at: datetime) -> None:
        if not _segments_of(guest) <= set(locked):
            raise Overtaken
        segments = list(Segment.objects.filter(pk__in=locked).order_by("pk"))
        with batch_of({guest.pk: ChangeReason.EVENT}):
            diff = apply_diff(segments, NOBODY, at=at, only_batch=True)
        announce_diff(segments, diff)

    return end


def _segments_of(guest: Customer) -> set[int]:
    return {
        segment_id
        for model in (Membership, MembershipOverride)
        for segment_id in model._default_manager.filter(customer=guest).values_list(
            "segment_id", flat=True
        )
    }
