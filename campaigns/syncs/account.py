"""Which account a list is in follows from the key; by another key it may be another account's."""

from django.db import transaction

from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.lease import write
from campaigns.syncs.remote import key_of
from core.clock import now
from core.text.hashes import keyed_hash, known_hashes
from customers.models import Customer

PURPOSE = "sync.key"


def note_account(sync: AudienceSync) -> None:
    """Note by which key the list is told; everybody is told again where it is another one.

    Also for a new key to the same account, where that changes nothing. Raises LeaseLost.
    """
    key = key_of(sync.key_variable)
    if sync.key_hash in known_hashes(PURPOSE, key):
        return
    with transaction.atomic():
        if sync.key_hash:
            _tell_again(sync)
        write(sync, key_hash=keyed_hash(PURPOSE, key))


def _tell_again(sync: AudienceSync) -> None:
    members = SyncMember.objects.filter(sync=sync)
    # What the former account calls them is somebody else's name here. Only of who is gone from the
    # shop nothing else is known.
    members.filter(customer__in=Customer.objects.values("pk")).update(remote_id="")
    told = (SyncMemberState.THERE, SyncMemberState.REFUSED)
    members.filter(state__in=told).update(
        state=SyncMemberState.ENTERING, error="", not_before=None, changed_at=now()
    )
