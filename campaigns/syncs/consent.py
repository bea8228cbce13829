"""The subscription of addresses in programs that Tranche updates, which is Mailchimp.

To the program, an address is one person. It stays subscribed there as long as one of the customers
who have it is subscribed here: our own mail goes to it as well. The program also reports the
unsubscriptions that we have sent; nobody has unsubscribed by them.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.db.models import Q

from campaigns.consent.addresses import customers_at, hashes_of
from campaigns.models import AudienceSync, SyncMember, SyncMemberState, SyncTarget
from core.text.folding import folded_address
from customers.models import Customer, NewsletterSubscription
from customers.models.identity.newsletter import SubscriptionStatus

# The other programs keep their own subscriptions, and get no updates of ours.
TELLING = (SyncTarget.MAILCHIMP,)
# Mailchimp may report a sent unsubscription for this long: it retries webhooks for 75 minutes.
ECHO = timedelta(hours=2)
# Members removed from the list without an unsubscription that was sent.
UNTOLD = Q(state=SyncMemberState.GONE, told_unsubscribed_at=None)


def address_of(row: SyncMember, emails: Mapping[int, str | None]) -> str:
    """Return the address of `row` if its customer still has it, otherwise ""."""
    email = emails.get(row.customer_id) or ""
    return email if row.address_hash in hashes_of(email) else ""


def still_subscribed(
    sync: AudienceSync, rows: Collection[SyncMember], emails: Mapping[int, str | None]
) -> set[int]:
    """Return the keys of those of `rows` whose addresses stay subscribed in the program.

    `emails` has addresses by customer key, including customers who have been deleted.
    """
    customers = {row.customer_id for row in rows}
    standing = NewsletterSubscription.objects.standing()
    subscribed = standing.filter(standing=SubscriptionStatus.SUBSCRIBED)
    own = set(subscribed.filter(customer__in=customers).values_list("customer", flat=True))
    addresses = {row.pk: address_of(row, emails) for row in rows}
    namesakes = customers_at(set(addresses.values())).filter(pk__in=subscribed.values("customer"))
    shared = {folded_address(email or "") for email in namesakes.values_list("email", flat=True)}
    # For a deleted customer, another one with the address only keeps it subscribed if a sync still
    # checks that address.
    stored = set(Customer.objects.filter(pk__in=customers).values_list("pk", flat=True))
    audience = SyncMember.objects.filter(sync__target=sync.target, sync__list=sync.list)
    others = audience.filter(address_hash__in={row.address_hash for row in rows})
    watched = set(others.exclude(customer__in=customers - stored).values_list("address_hash"))
    return {
        row.pk
        for row in rows
        if row.customer_id in own
        or (
            folded_address(addresses[row.pk]) in shared
            and (row.customer_id in stored or (row.address_hash,) in watched)
        )
    }


def note_sent_unsubscriptions(sync: AudienceSync, keys: Collection[int], at: datetime) -> None:
    """Store that the unsubscriptions of these rows' addresses are about to be sent."""
    if sync.target in TELLING:
        SyncMember.objects.filter(pk__in=keys).update(told_unsubscribed_at=at)


def addresses_sent_lately(sync: AudienceSync, addresses: Collection[str], at: datetime) -> set[str]:
    """Return those of `addresses` whose unsubscription was sent less than `ECHO` before `at`.

    All syncs of the same list count: each of them gets the program's report.
    """
    whose = {one: address for address in addresses for one in hashes_of(address)}
    audience = SyncMember.objects.filter(sync__target=sync.target, sync__list=sync.list)
    told = audience.filter(told_unsubscribed_at__gt=at - ECHO, address_hash__in=list(whose))
    return {whose[one] for one in told.values_list("address_hash", flat=True)}


def look_for_ended(sync: AudienceSync, customers: Collection[int], at: datetime) -> None:
    """Have unsubscriptions of former members sent, if the program gets them."""
    if sync.target not in TELLING:
        return
    rows = list(SyncMember.objects.filter(UNTOLD, sync=sync, customer__in=customers))
    found = Customer.objects.filter(pk__in={row.customer_id for row in rows})
    still = still_subscribed(sync, rows, dict(found.values_list("pk", "email")))
    ended = SyncMember.objects.filter(UNTOLD, pk__in={row.pk for row in rows} - still)
    ended.update(state=SyncMemberState.LEAVING, error="", not_before=None, changed_at=at)
