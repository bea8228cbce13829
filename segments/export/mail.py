"""Which members may get mail, as far as stored data says it; each address once."""

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from customers.models import Customer, NewsletterSubscription
from customers.models.newsletter import SubscriptionStatus, refuses_marketing
from customers.registries import Registry, dotted
from segments.export.columns import ROWS_PER_READ
from segments.models import Membership

# Takes folded addresses (`customers.folding.folded_address`), at most some thousands, and returns
# those of them that must not get mail.
Suppressed = Callable[[Collection[str]], Collection[str]]
SUPPRESSED: Registry[Suppressed] = Registry("list of suppressed addresses", dotted)


@dataclass(frozen=True)
class _Mailbox:
    """A member's address, folded, and what was asked for of the member."""

    address: str
    may_be_shared: bool
    values: tuple[Any, ...]


def mailable(
    members: QuerySet[Membership], sources: dict[str, F | Subquery]
) -> Generator[tuple[Any, ...], None, None]:
    """Yield `sources`, expressions on Membership, of each of `members` who may get mail.

    In their order; of several with one folded address the first. They are active, have a valid
    address, are subscribed in any store, did not refuse marketing and are not suppressed; what
    others of their address refused counts as theirs.
    """
    rows = iter(_mailboxes(members, sources))
    # Only addresses that somebody else may have too are kept in memory.
    seen: set[str] = set()
    while batch := list(islice(rows, ROWS_PER_READ)):
        addresses = {one.address for one in batch}
        suppressed = {one for asked in SUPPRESSED for one in asked(addresses)}
        for one in batch:
            if one.address in suppressed or one.address in seen:
                continue
            if one.may_be_shared:
                seen.add(one.address)
            yield one.values


def _mailboxes(
    members: QuerySet[Membership], sources: dict[str, F | Subquery]
) -> Iterator[_Mailbox]:
    subscriptions = NewsletterSubscription.objects.standing().filter(
        customer=OuterRef("customer_id"), standing=SubscriptionStatus.SUBSCRIBED
    )
    others = Customer.objects.filter(mailbox=OuterRef("customer__mailbox"))
    rows = (
        members.filter(Exists(subscriptions), customer__is_active=True)
        .exclude(refuses_marketing("customer__mailbox"))
        .exclude(customer__mailbox="")
        .annotate(**sources, has_others=Exists(others.exclude(pk=OuterRef("customer_id"))))
        .values_list("customer__email", "customer__mailbox", "has_others", *sources)
    )
    for email, mailbox, has_others, *values in rows.iterator(chunk_size=ROWS_PER_READ):
        if is_address(email):
            yield _Mailbox(mailbox, has_others, tuple(values))


def is_address(email: str) -> bool:
    """Return whether `email` is an address that mail can be sent to."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True
