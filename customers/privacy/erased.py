"""Erased customers, recognised by hashes of their numbers and left out of all incoming data."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction

from core.audit import record
from core.text.hashes import keyed_hash, known_hashes
from customers.models import AuditAction, AuditSubject, ErasedNumber, Erasure

PURPOSE = "erased"
# The name of an erased customer in Django's log entries.
ERASED = "erased"


def name_of_order(number: str) -> str:
    """Return the name of an erased customer's order, which no customer number can equal.

    A shop may send the order again without its customer, but with the customer's address.
    """
    return f"order\0{number}"


def erasure_of(number: str) -> Erasure | None:
    """Return the latest erasure of the customer with this number; None where there was none."""
    found: Erasure | None = (
        Erasure.objects.filter(numbers__hash__in=known_hashes(PURPOSE, number))
        .order_by("-pk")
        .first()
    )
    return found


def erased_among(numbers: Collection[str]) -> set[str]:
    """Return those of `numbers` that belong to erased customers."""
    if not numbers or not ErasedNumber.objects.exists():
        return set()
    by_hash = {one: number for number in numbers for one in known_hashes(PURPOSE, number)}
    found = ErasedNumber.objects.filter(hash__in=by_hash).values_list("hash", flat=True)
    return {by_hash[one] for one in found}


class ErasedNumbers:
    """All erased numbers, read once, for many look-ups."""

    def __init__(self) -> None:
        self._hashes = set(ErasedNumber.objects.values_list("hash", flat=True))

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def __contains__(self, number: str) -> bool:
        return any(one in self._hashes for one in known_hashes(PURPOSE, number))


def forbid(numbers: Iterable[str], erasure: Erasure) -> None:
    """Leave out incoming data with `numbers` from now on."""
    ErasedNumber.objects.bulk_create(
        [ErasedNumber(hash=keyed_hash(PURPOSE, number), erasure=erasure) for number in numbers],
        update_conflicts=True,
        unique_fields=["hash"],
        update_fields=["erasure"],
    )


def lift(erasure: Erasure, *, author: Any) -> None:
    """Accept data with the erased numbers again, as `author` has decided; audited."""
    with transaction.atomic():
        count, _by_model = erasure.numbers.all().delete()
        if count:
            record(
                author,
                AuditAction.CHANGED,
                AuditSubject.CUSTOMER,
                ERASED,
                before={"left_out": True, "erasure": erasure.pk},
                after={"left_out": False, "erasure": erasure.pk},
            )
