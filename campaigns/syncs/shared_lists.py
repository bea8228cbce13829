"""Which syncs keep one list: two of them would take each other's members off."""

from campaigns.models import AudienceSync, SyncTarget
from campaigns.syncs.remote import key_of
from segments.models import Segment


def keepers_beside(sync: AudienceSync, segment: Segment) -> list[AudienceSync]:
    """Return the other syncs that keep the list of `sync`, active or not; `segment` is its own.

    In Mailchimp each segment has its tag. Two variables may have one key: that is known only where
    both are set, which is where the worker runs.
    """
    others = AudienceSync.objects.filter(target=sync.target, list=sync.list).exclude(pk=sync.pk)
    if sync.target == SyncTarget.MAILCHIMP:
        others = others.filter(segment=segment)
    key = key_of(sync.key_variable)
    return [
        one
        for one in others.order_by("pk")
        if one.key_variable == sync.key_variable or (key and key_of(one.key_variable) == key)
    ]
