"""Finds the members who may get mail according to the stored data, each address once."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery

from conditions.nodes.matching_customers import ids_of
from core.clock import now
from core.registries import Registry, dotted_name
from core.text.folding import is_address
from customers.models import Customer, NewsletterSubscription
from customers.models.identity.newsletter import (
    Subscriptions,
    SubscriptionStatus,
    refuses_marketing,
)
from segments.export.columns import ROWS_PER_READ
from segments.models import Membership

# Takes folded addresses (`core.text.folding.folded_address`), at most some thousands, and returns
# the suppressed ones, each with an instant or None. A customer who subscribed after the instant
# gets mail nevertheless; with None, no customer with the address does.
Suppressed = Callable[[Collection[str]], Mapping[str, datetime | None]]
SUPPRESSED: Registry[Suppressed] = Registry("list of suppressed addresses", dotted_name)


@dataclass(frozen=True)
class _Mailbox:
    """A member's folded address, and the requested values of the member."""

    customer: int
    address: str
    may_be_shared: bool
    values: tuple[Any, ...]


def mailable(
    members: QuerySet[Membership], sources: dict[str, F | Subquery]
) -> Generator[tuple[Any, ...], None, None]:
    """Yield the values of `sources`, expressions on Membership, for each member who may get mail.

    Keeps the order of `members`; of several members with the same folded address, only the first is
    yielded. Members may get mail if they are active, have a valid address, are subscribed in any
    store, did not refuse marketing and are not suppressed. A refusal by another customer with the
    same address counts as theirs.
    """
    subscriptions = _subscriptions()
    yield from _once_each(_mailboxes(members, "customer__", sources, subscriptions), subscriptions)


def count_mailable(customers: QuerySet[Customer], website_ids: Collection[int] = ()) -> int:
    """Return how many of `customers` can be mailed, by the rules of `mailable`.

    With `website_ids`, they need a subscription in a store of one of these websites, as in a
    campaign to a segment of these websites.
    """
    chosen = Customer.objects.filter(pk__in=ids_of(customers))
    subscriptions = _subscriptions(website_ids)
    mailboxes = _mailboxes(chosen, "", {}, subscriptions)
    return sum(1 for _values in _once_each(mailboxes, subscriptions))


def _subscriptions(website_ids: Collection[int] = ()) -> Subscriptions:
    """Return the subscriptions that allow mail, of these websites or of all."""
    standing = NewsletterSubscription.objects.standing()
    found: Subscriptions = standing.filter(standing=SubscriptionStatus.SUBSCRIBED)
    return found.filter(store__website__in=website_ids) if website_ids else found


def _once_each(
    rows: Iterator[_Mailbox], subscriptions: Subscriptions
) -> Generator[tuple[Any, ...], None, None]:
    # Only addresses that several customers have are kept in memory.
    seen: set[str] = set()
    while batch := list(islice(rows, ROWS_PER_READ)):
        suppressed = _suppressed_customers(batch, subscriptions)
        for one in batch:
            if one.customer in suppressed or one.address in seen:
                continue
            if one.may_be_shared:
                seen.add(one.address)
            yield one.values


def _suppressed_customers(batch: Collection[_Mailbox], subscriptions: Subscriptions) -> set[int]:
    """Return the customers of `batch` whose address is suppressed since they last subscribed."""
    addresses = {one.address for one in batch}
    ends = [
        (one.customer, found[one.address])
        for found in (asked(addresses) for asked in SUPPRESSED)
        for one in batch
        if one.address in found
    ]
    mine = subscriptions.filter(
        customer__in=[customer for customer, _end in ends], status_changed_at__lte=now()
    )
    last = dict(mine.values_list("customer").annotate(Max("status_changed_at")))
    return {
        customer
        for customer, end in ends
        if end is None or customer not in last or last[customer] <= end
    }


def _mailboxes(
    rows: QuerySet[Any, Any],
    customer: str,
    sources: Mapping[str, F | Subquery],
    subscriptions: Subscriptions,
) -> Iterator[_Mailbox]:
    """Yield the mailboxes of `rows` with one of `subscriptions`, without checking suppressions.

    `customer` is the path from the rows to their customers, "" or "customer__".
    """
    key, mailbox = f"{customer}pk", f"{customer}mailbox"
    mine = subscriptions.filter(customer=OuterRef(key))
    others = Customer.objects.filter(mailbox=OuterRef(mailbox)).exclude(pk=OuterRef(key))
    asked = (
        rows.filter(Exists(mine), **{f"{customer}is_active": True})
        .exclude(refuses_marketing(mailbox))
        .exclude(**{mailbox: ""})
        .annotate(**sources, has_others=Exists(others))
        .values_list(key, f"{customer}email", mailbox, "has_others", *sources)
    )
    for pk, email, address, has_others, *values in asked.iterator(chunk_size=ROWS_PER_READ):
        if is_address(email):
            yield _Mailbox(pk, address, has_others, tuple(values))
