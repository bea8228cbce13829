"""Members of segments at an instant, by the change log."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from predictions.refusals import Refused
from segments.models import ChangeKind, Membership, MembershipChange
from segments.models.work.watermark import purged_number

NOT_KEPT = "not_kept"


def require_log(at: datetime) -> None:
    """Raise `Refused`, `not_kept`, where changes since an aware instant may have been purged."""
    purged = purged_number()
    if not purged:
        return
    # All purged changes are older than the first change that is kept.
    kept = MembershipChange.objects.filter(sequence__gt=purged).order_by("sequence")
    first = kept.values_list("at", flat=True).first()
    if first is None or first > at:
        text = _("The change log does not reach back to %(at)s: who was a member is not known.")
        raise Refused(NOT_KEPT, text % {"at": at.isoformat()})


def members_at(
    at: datetime, customers: Collection[int], segments: Collection[int]
) -> Mapping[int, set[int]]:
    """Return the keys of the segments in which each of `customers` (keys) was at an instant.

    The last change until then decides; without one, the first change after the instant, which tells
    the state before; without any change, the stored membership.
    """
    before: dict[tuple[int, int], bool] = {}
    after: dict[tuple[int, int], bool] = {}
    rows = MembershipChange.objects.filter(customer_id__in=customers, segment__in=segments)
    names = ("customer_id", "segment_id", "kind", "at")
    for customer, segment, kind, changed in rows.order_by("sequence").values_list(*names):
        if changed <= at:
            before[customer, segment] = kind == ChangeKind.ENTERED
        else:
            after.setdefault((customer, segment), kind == ChangeKind.LEFT)
    stored = Membership.objects.filter(
        customer__in=customers, segment__in=segments, entered_at__lte=at
    )
    known = dict.fromkeys(stored.values_list("customer_id", "segment_id"), True) | after | before
    found: dict[int, set[int]] = defaultdict(set)
    for (customer, segment), is_member in known.items():
        if is_member:
            found[customer].add(segment)
    return found
