"""The suppression list: adding and removing addresses that get no mail."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet

from campaigns.audit import SUPPRESSION
from campaigns.consent.addresses import customers_at, hash_of, hashes_of, suppressible
from campaigns.models import Suppression, SuppressionReason
from core.audit import record
from core.clock import now
from core.database.prepared import rows_by_key
from customers.changes.scored import mark_scored
from customers.models import (
    AuditAction,
    Customer,
    CustomerMerge,
    DirtyReason,
    NewsletterSubscription,
)
from customers.models.identity.newsletter import SubscriptionStatus

# So many customers are read at once.
BLOCK = 500


def suppress(
    address: str, reason: SuppressionReason, at: datetime, *, author: Any = None
) -> Suppression:
    """Put `address` on the list and return its row; a row that is already there stays as it is.

    Only the row of an erasure is replaced, by a later erasure or by any other reason: an erasure
    ends when the customer subscribes again, the other reasons do not. Beneath another reason, an
    erasure is kept until that reason is lifted.
    """
    with transaction.atomic():
        known = Suppression.objects.select_for_update().filter(address_hash__in=hashes_of(address))
        row: Suppression | None = known.first()
        if row is None:
            row, is_new = Suppression.objects.get_or_create(
                address_hash=hash_of(address), defaults={"reason": reason, "at": at}
            )
            is_changed = is_new
        else:
            is_new = row.reason == SuppressionReason.ERASED != reason
            is_changed = change_reason(row, reason, at)
            if is_changed:
                row.save(update_fields=["reason", "at", "refused_at"])
        if is_changed:
            mark_suppressed(customers_at([address]).values_list("pk", flat=True))
        if is_new:
            record(
                author,
                AuditAction.CREATED,
                SUPPRESSION,
                row.called,
                after={"reason": row.reason},
            )
    return row


def mark_suppressed(customers: Iterable[int]) -> None:
    """Mark `customers` (internal keys) for the conditions that ask whether they are suppressed.

    No trigger can: a row of the list does not say whose address it is.
    """
    mark_scored(sorted(customers), Suppression, now(), reason=DirtyReason.EVENT)


def change_reason(
    row: Suppression, reason: SuppressionReason, at: datetime, *, replaces: bool = False
) -> bool:
    """Add a `reason` to `row`, and return whether that has changed the row.

    If one of the two reasons is an erasure, the row gets the other reason, and `refused_at` keeps
    the time of the erasure. Of two erasures the later time counts. Of two other reasons the first
    stays, unless `replaces`. The caller stores the row.
    """
    before = (row.reason, row.at, row.refused_at)
    erased = SuppressionReason.ERASED
    if row.reason == reason == erased:
        row.at = max(row.at, at)
    elif row.reason == erased:
        row.refused_at, row.reason, row.at = row.at, reason, at
    elif reason == erased:
        row.refused_at = max(row.refused_at or at, at)
    elif replaces:
        row.reason, row.at = reason, at
    return before != (row.reason, row.at, row.refused_at)


def lift(suppression: Suppression, why: str, *, author: Any) -> bool:
    """Take an address off the list, for the reason that `author` gives; audited.

    A refusal that its reason has hidden stands again: False, the address gets no mail yet.
    """
    with transaction.atomic():
        record(
            author,
            AuditAction.DELETED,
            SUPPRESSION,
            suppression.called,
            before={"reason": suppression.reason},
        )
        record(author, AuditAction.CHANGED, SUPPRESSION, suppression.called, after={"lifted": why})
        owners = suppressible(Customer.objects.all(), {suppression.address_hash})
        mark_suppressed(pk for pk, _hash in owners)
        if suppression.refused_at is None:
            suppression.delete()
            return True
        suppression.reason, suppression.at = SuppressionReason.ERASED, suppression.refused_at
        suppression.refused_at = None
        suppression.save(update_fields=["reason", "at", "refused_at"])
    return False


def remember_refusal(instance: Customer, **kwargs: Any) -> None:
    """Keep the refusal of mail of a customer who is being deleted: their address gets no mail.

    The refusal ends when a customer with that address subscribes later, as after an erasure. A
    customer who is still subscribed to some store has not refused all mail, but the stores that
    the customer did refuse stay refused for other customers of the address. Nothing is kept for a
    merged guest, whose refusal is the customer's by then.
    """
    number = instance.external_id
    if not instance.email or CustomerMerge.objects.filter(guest_external_id=number).exists():
        return
    _keep_refusals(instance, instance.email)


def remember_refusals(customers: Sequence[int], **kwargs: Any) -> None:
    """Keep the refusals of customers who get another mailbox, for the old one, as for a deletion.

    `customers` are their keys; their changes are not stored yet.
    """
    for start in range(0, len(customers), BLOCK):
        rows = Customer.objects.filter(pk__in=customers[start : start + BLOCK])
        for customer in rows.prefetch_related("subscriptions"):
            _keep_refusals(customer, customer.mailbox)


def remember_refused_address(address: str, at: datetime, **kwargs: Any) -> None:
    """Suppress `address`, for which a late event refused mail at `at`, as for a deletion."""
    suppress(address, SuppressionReason.ERASED, at)


def _keep_refusals(customer: Customer, address: str) -> None:
    refused_at = _refused_at(customer)
    if refused_at is not None:
        suppress(address, SuppressionReason.ERASED, refused_at)
    else:
        _pass_refusals_on(customer)


def _pass_refusals_on(customer: Customer) -> None:
    """Give each store's refusal of `customer`, who leaves the mailbox, to others of the mailbox."""
    refused = SubscriptionStatus.UNSUBSCRIBED
    moments = {
        one.store_id: one.status_changed_at
        for one in customer.subscriptions.all()
        if one.status == refused
    }
    others = Customer.objects.with_mailbox(customer.mailbox).exclude(pk=customer.pk)
    rows = NewsletterSubscription.objects.filter(customer__in=others, store__in=moments)
    for row in rows if moments else ():
        at = moments[row.store_id]
        if not row.outdates(refused, at):
            row.status, row.status_changed_at = refused, at
            row.save(update_fields=["status", "status_changed_at"])


def _refused_at(customer: Customer) -> datetime | None:
    """Return when `customer` last refused mail; None where they have not, or are subscribed."""
    said = list(customer.subscriptions.all())
    refused = (
        [customer.refused_marketing_at or now()] if customer.accepts_marketing is False else []
    )
    if refused or all(one.status != SubscriptionStatus.SUBSCRIBED for one in said):
        status = SubscriptionStatus.UNSUBSCRIBED
        refused += [one.status_changed_at for one in said if one.status == status]
    return max(refused, default=None)


def find_suppression(address: str) -> Suppression | None:
    """Return the suppression of `address`; None if there is none."""

    def rows_of(*hashes: str) -> QuerySet[Suppression]:
        return Suppression.objects.filter(address_hash__in=hashes)

    hashes = hashes_of(address)
    name = ("suppressed", len(hashes))
    return next(iter(rows_by_key(name, Suppression.objects.db, rows_of, *hashes)), None)


class Addressed(Protocol):
    """An object with a key and an address."""

    @property
    def pk(self) -> Any: ...

    @property
    def email(self) -> Any: ...


def suppressions_of(customers: Sequence[Addressed]) -> dict[int, Suppression]:
    """Return the suppressions of `customers`, by their keys; all of them have valid addresses."""
    if not Suppression.objects.exists():
        return {}
    whose = [(hash_, one.pk) for one in customers for hash_ in hashes_of(str(one.email))]
    rows = Suppression.objects.filter(address_hash__in={hash_ for hash_, _pk in whose})
    found = {row.address_hash: row for row in rows}
    return {pk: found[hash_] for hash_, pk in whose if hash_ in found}


def ends_of_suppressions(addresses: Collection[str]) -> dict[str, datetime | None]:
    """Return those of some folded addresses that are suppressed, as exports for mail tools ask it.

    Each with the instant of its erasure, which a later subscription undoes; None: nothing does.
    """
    whose = {one: address for address in addresses for one in hashes_of(address)}
    rows = Suppression.objects.filter(address_hash__in=list(whose))
    erased = SuppressionReason.ERASED
    return {whose[row.address_hash]: row.at if row.reason == erased else None for row in rows}


def suppressions_among(addresses: Collection[str]) -> dict[str, Suppression]:
    """Return the suppressions of folded addresses, by the address."""
    whose = {one: address for address in addresses for one in hashes_of(address)}
    found = {}
    for row in Suppression.objects.filter(address_hash__in=list(whose)):
        address = whose[row.address_hash]
        back = NewsletterSubscription.objects.standing().filter(
            customer__in=Customer.objects.with_mailbox(address),
            standing=SubscriptionStatus.SUBSCRIBED,
            status_changed_at__gt=row.at,
            status_changed_at__lte=now(),
        )
        if row.reason != SuppressionReason.ERASED or not back.exists():
            found[address] = row
    return found
