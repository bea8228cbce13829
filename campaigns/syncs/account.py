"""A list's account follows from its API key: another key may belong to another account."""

from django.db import transaction

from campaigns.models import AudienceSync, SyncMember, SyncMemberState
from campaigns.syncs.lease import write
from campaigns.syncs.remote import key_of
from core.clock import now
from core.text.hashes import keyed_hash, known_hashes
from customers.models import Customer

PURPOSE = "sync.key"


def note_account(sync: AudienceSync) -> None:
    """Store the hash of the API key of a list; after a change of the key, send all members again.

    This includes a new key of the same account, where sending again changes nothing. Raises
    LeaseLost.
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
    # The former account's ids may belong to other people in the new account. Customers who are
    # deleted from the shop keep theirs: nothing else is known of them.
    members.filter(customer__in=Customer.objects.values("pk")).update(remote_id="")
    told = (SyncMemberState.THERE, SyncMemberState.REFUSED)
    members.filter(state__in=told).update(
        state=SyncMemberState.ENTERING, error="", not_before=None, changed_at=now()
    )
