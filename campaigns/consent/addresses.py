"""E-mail addresses: which can be written to, and which are the same."""

from collections.abc import Collection, Container, Iterator

from django.db.models import QuerySet

from core.text.folding import folded_address, is_address
from core.text.hashes import keyed_hash, known_hashes
from customers.models import Customer

PURPOSE = "mail.address"
# So many customers are read at once.
BLOCK = 10_000


def is_valid(address: str | None) -> bool:
    """Return whether Django's `EmailValidator` accepts `address`; a missing one is none."""
    return is_address(address or "")


def hash_of(address: str) -> str:
    """Return the keyed hash of the folded `address`, by which it is suppressed."""
    return keyed_hash(PURPOSE, folded_address(address))


def hashes_of(address: str) -> list[str]:
    """Return all hashes that `address` may be suppressed by, those of former keys too."""
    return known_hashes(PURPOSE, folded_address(address))


def customers_at(addresses: Collection[str]) -> QuerySet[Customer]:
    """Return the customers who have one of `addresses`, however its domain is spelt there."""
    mailboxes = {folded_address(one) for one in addresses if one}
    found: QuerySet[Customer] = Customer.objects.filter(mailbox__in=mailboxes)
    return found


def suppressible(
    customers: QuerySet[Customer], hashes: Container[str]
) -> Iterator[tuple[int, str]]:
    """Yield the `customers` (keys) whose address has one of `hashes`, with that hash.

    Every address is hashed: of a million customers that takes seconds.
    """
    rows = customers.exclude(mailbox="").values_list("pk", "mailbox")
    for pk, mailbox in rows.iterator(chunk_size=BLOCK):
        for one in known_hashes(PURPOSE, mailbox):
            if one in hashes:
                yield pk, one
                break
