"""Unsubscriptions in a target: reading its webhooks and storing what they report.

None of the three programs signs its webhooks for all kinds of account. A request is therefore
authenticated by the URL alone, which contains a secret of the sync.
"""

import hmac
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import salted_hmac

from campaigns.consent.addresses import customers_at, hashes_of, is_valid
from campaigns.consent.unsubscribing import unsubscribe_customer
from campaigns.models import AudienceSync, SyncMember
from campaigns.syncs.consent import addresses_sent_lately
from core.text.json_documents import can_be_stored
from customers.models import Customer

TOKEN_BYTES = 16
LONGEST_ADDRESS = 320
# How many addresses are looked up at once.
BLOCK = 500
# The topic of unsubscriptions in Klaviyo's own webhooks.
KLAVIYO_TOPIC = "event:klaviyo.unsubscribed_from_email_marketing"


def token_of(sync: AudienceSync) -> str:
    """Return the secret in the URL of the sync's webhook: 128 bits, stable."""
    secret = settings.MAIL_SECRET or settings.SECRET_KEY
    signed = salted_hmac("campaigns.syncs", str(sync.pk), secret=secret, algorithm="sha256")
    digest: bytes = signed.digest()
    return digest[:TOKEN_BYTES].hex()


def webhook_url(sync: AudienceSync) -> str:
    """Return the webhook URL for the target; only its path if PUBLIC_URL is empty."""
    path = reverse("mail:sync-report", args=[sync.pk, token_of(sync)])
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def sync_of(pk: int, token: str) -> AudienceSync | None:
    """Return the sync with this number and token; None if there is none."""
    sync: AudienceSync | None = AudienceSync.objects.filter(pk=pk).first()
    if sync is None or not hmac.compare_digest(token_of(sync).encode(), token.encode()):
        return None
    return sync


def note_unsubscribed(
    sync: AudienceSync, form: Mapping[str, str], body: bytes, at: datetime
) -> int:
    """Store the unsubscriptions that the target of `sync` reports; return the number of customers.

    All customers with such an address are unsubscribed from every store, unless we had sent the
    unsubscription to the target. `form` is the body parsed as a form. Other reports, and unreadable
    bodies, change nothing.
    """
    count = 0
    said = _reported_addresses(sync, form, body)
    for start in range(0, len(said), BLOCK):
        for pk in _customers_of(sync, said[start : start + BLOCK], at):
            with transaction.atomic():
                rows = Customer.objects.filter(pk=pk).select_for_update(no_key=True)
                for customer in rows:
                    unsubscribe_customer(customer, at)
                    count += 1
    return count


def _reported_addresses(sync: AudienceSync, form: Mapping[str, str], body: bytes) -> list[str]:
    """Return the addresses, or the target's own ids, of those who have unsubscribed."""
    if sync.target == "mailchimp":
        is_one = form.get("type") == "unsubscribe" and form.get("data[action]", "unsub") == "unsub"
        found: list[Any] = [form.get("data[email]")] if is_one else []
    else:
        try:
            found = list(_READERS[sync.target](json.loads(body)))
        except (ValueError, RecursionError):
            return []
    # Skip texts that a database cannot store: no customer has them.
    texts = [one for one in found if isinstance(one, str) and can_be_stored(one)]
    return list(dict.fromkeys(one for one in texts if 0 < len(one) <= LONGEST_ADDRESS))


def _customers_of(sync: AudienceSync, said: Collection[str], at: datetime) -> list[int]:
    """Return the keys of the customers with these addresses or ids of the target."""
    addresses = {one for one in said if is_valid(one)}
    addresses -= addresses_sent_lately(sync, addresses, at)
    hashes = [hash_ for one in addresses for hash_ in hashes_of(one)]
    ids = [one for one in said if one.isascii() and one.isalnum()]
    members = SyncMember.objects.filter(sync=sync)
    members = members.filter(Q(address_hash__in=hashes) | Q(remote_id__in=ids))
    found = set(customers_at(addresses).values_list("pk", flat=True))
    return sorted(found | set(members.values_list("customer", flat=True)))


def _of_brevo(said: Any) -> Iterator[Any]:
    for one in said if isinstance(said, list) else [said]:
        if isinstance(one, dict) and one.get("event") in ("unsubscribe", "unsubscribed"):
            yield one.get("email")


def _of_klaviyo(said: Any) -> Iterator[Any]:
    """Yield addresses and ids of Klaviyo's webhooks; those of a flow have the form that a user
    chose.
    """
    if not isinstance(said, dict):
        return
    events = said.get("data")
    if not isinstance(events, list):
        yield from _of_brevo(said)
        return
    for event in events:
        if isinstance(event, dict) and event.get("topic") == KLAVIYO_TOPIC:
            # As the library's “get event” answers: by the profile's id, and perhaps its address.
            yield _nested_value(event, "payload", "data", "relationships", "profile", "data", "id")
            included = _nested_value(event, "payload", "included")
            for one in included if isinstance(included, list) else []:
                yield _nested_value(one, "attributes", "email")


def _nested_value(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


_READERS: Mapping[str, Callable[[Any], Iterator[Any]]] = {
    "brevo": _of_brevo,
    "klaviyo": _of_klaviyo,
}
