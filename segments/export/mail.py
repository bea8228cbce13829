"""Which members may get mail, as far as stored data says it; each address once."""

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from customers.folding import folded_address
from customers.models import Customer, NewsletterSubscription
from customers.models.newsletter import SubscriptionStatus
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
    address, are subscribed in any store, did not refuse marketing and are not suppressed.
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
    subscriptions = NewsletterSubscription.objects.filter(
        customer=OuterRef("customer_id"), status=SubscriptionStatus.SUBSCRIBED
    )
    others = Customer.objects.filter(email_folded=OuterRef("customer__email_folded"))
    rows = (
        members.filter(Exists(subscriptions), customer__is_active=True)
        .exclude(customer__accepts_marketing=False)
        .exclude(customer__email_folded="")
        .annotate(**sources, has_others=Exists(others.exclude(pk=OuterRef("customer_id"))))
        .values_list("customer__email", "has_others", *sources)
    )
    for email, has_others, *values in rows.iterator(chunk_size=ROWS_PER_READ):
        if is_address(email):
            address = folded_address(email)
            # Domains of two spellings differ where they are stored.
            is_spelt_otherwise = "xn--" in address
            yield _Mailbox(address, has_others or is_spelt_otherwise, tuple(values))


def is_address(email: str) -> bool:
    """Return whether `email` is an address that mail can be sent to."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True
