"""Refusals of marketing by mailbox: a refusal of one customer holds for all of its mailbox.

A guest and an account with one address, or with two spellings of it, are one reader.
`Subscriptions.standing` does the same for subscriptions.
"""

from collections.abc import Collection

from django.db.models import Exists, OuterRef

from customers.models import Customer

_refusing = Customer.objects.filter(accepts_marketing=False).exclude(mailbox="")


def refuses_marketing(path: str) -> Exists:
    """Return the test that somebody refused marketing for the mailbox at `path` of the query."""
    return Exists(_refusing.filter(mailbox=OuterRef(path)))


def refusing_among(mailboxes: Collection[str]) -> set[str]:
    """Return those of `mailboxes` for which somebody refused marketing."""
    return set(_refusing.filter(mailbox__in=mailboxes).values_list("mailbox", flat=True))
