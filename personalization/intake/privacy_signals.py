"""Global Privacy Control and Do Not Track: what a browser asks for on behalf of its shopper."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from core.clock import now
from customers.models import Consent, ConsentState, Customer, Purpose
from customers.privacy.consent import note_consent

SOURCE = "gpc"


def is_signalled(headers: Mapping[str, str], body: Mapping[str, Any] | None = None) -> bool:
    """Return whether the headers of a request have `Sec-GPC: 1` or `DNT: 1`, or its body `gpc`."""
    has_header = any(headers.get(name, "").strip() == "1" for name in ("Sec-GPC", "DNT"))
    return has_header or (body or {}).get("gpc") is True


def refuse_for(customers: Collection[Customer], *, author: Any, at: datetime) -> None:
    """Store a refusal for each of `customers` and each purpose without any consent entry.

    A customer's own grant takes precedence over their browser's setting, and a refusal needs no
    second entry. `author` is as for `note_consent`. The caller locks the customers' rows, so that
    two concurrent calls store the refusal once.
    """
    rows = Consent.objects.filter(customer__in=customers).values_list("customer", "purpose")
    said = set(rows.distinct())
    for customer in customers:
        states = {
            purpose: ConsentState.REFUSED
            for purpose in Purpose
            if (customer.pk, purpose.value) not in said
        }
        if states:
            note_consent(customer, states, source=SOURCE, author=author, at=at)


def refuse_as_signalled(customer: Customer | None, *, author: Any) -> None:
    """Note what the browser of a shopper has signalled, where a page only asks what to show.

    None: nobody known.
    """
    if customer is None:
        return
    said = Consent.objects.filter(customer=customer).values_list("purpose", flat=True)
    if set(Purpose.values) <= set(said):
        return
    with transaction.atomic():
        held = Customer.objects.select_for_update(no_key=True).filter(pk=customer.pk)
        refuse_for(list(held), author=author, at=now())
