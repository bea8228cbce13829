"""Syncs that keep the same list: two of them would remove each other's members."""

from campaigns.models import AudienceSync, SyncTarget
from campaigns.syncs.remote import key_of
from segments.models import Segment


def keepers_beside(sync: AudienceSync, segment: Segment) -> list[AudienceSync]:
    """Return the other syncs of the list of `sync`, active or not; `segment` is that of `sync`.

    In Mailchimp each segment has its own tag. Two variables may hold the same key, which only a
    process with both variables can detect, such as the worker.
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
