"""Stores what sales are credited to, once for each order and state, and announces each state.

A conversion and the webhook messages about it are written in one transaction, so that a killed
process loses and doubles neither; the signal is sent after commit, by a process that still runs.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from core.api.parsing import ClockField
from core.clock import now
from customers.models import NO_SALE_STATES, Customer, Order
from personalization.conversions.credits import CreditedTouch, SaleCredit, credit_sales
from personalization.conversions.documents import TOPIC, conversion_values
from personalization.conversions.lift import measured_lift
from personalization.goals.evidence import note_conversions
from personalization.models import AnnouncedOrder, AttributedConversion
from personalization.signals import conversion_attributed
from predictions.attribution.journey import money
from segments.webhooks.topics import queue_messages

CLOCK = ClockField()
# The fields of a state; a lift that is measured later makes no new state.
STATE = (
    *("customer", "customer_number", "number", "at", "revenue", "model"),
    *("contribution", "touches"),
)
WRITTEN = (*STATE, "placements", "lift", "revision", "attributed_at")


def record_conversions(customers: Collection[int]) -> list[AttributedConversion]:
    """Attribute the sales of `customers` (internal keys) and return the rows that changed.

    In the transaction of the caller, which holds the customers' rows. Orders that are no sales any
    more are corrected to a revenue of 0; rows of deleted orders are deleted.
    """
    at = now()
    credits = {one.order_id: one for one in credit_sales(customers, at)}
    stored = {
        row.order_id: row
        for row in AttributedConversion.objects.filter(
            Q(customer__in=list(customers)) | Q(order_id__in=list(credits))
        )
    }
    for credit in _withdrawn_credits(stored.keys() - credits.keys()):
        credits[credit.order_id] = credit
    gone = stored.keys() - credits.keys()
    AttributedConversion.objects.filter(order_id__in=gone).delete()
    keys = {credit.customer for credit in credits.values()}
    people = Customer.objects.in_bulk(keys)
    changed = []
    for order_id, credit in sorted(credits.items()):
        row = stored.get(order_id)
        values = _state_of(credit, people[credit.customer])
        if row is not None and _is_same(row, values):
            continue
        changed.append(_conversion_row(row, credit, values, at))
    _write(changed)
    note_conversions(customers)
    _announce(changed)
    return changed


def _withdrawn_credits(orders: Collection[int]) -> list[SaleCredit]:
    """Return orders that were credited and are no sale any more, without revenue."""
    rows = Order.objects.filter(pk__in=orders, state__in=NO_SALE_STATES, customer__isnull=False)
    names = ("pk", "number", "customer", "created_at")
    return [
        SaleCredit(order, number, customer, at, 0, ())
        for order, number, customer, at in rows.values_list(*names)
    ]


def _state_of(credit: SaleCredit, customer: Customer) -> Mapping[str, Any]:
    """Return the columns of the `AttributedConversion` that states this credit."""
    return {
        "customer": customer,
        "customer_number": customer.external_id,
        "number": credit.number,
        "at": credit.at,
        "revenue": money(credit.revenue),
        "model": settings.ATTRIBUTION_MODEL,
        "contribution": money(credit.contribution),
        "touches": [_touch_document(touch) for touch in credit.touches],
    }


def _is_same(row: AttributedConversion, values: Mapping[str, Any]) -> bool:
    """Return whether a row is in this state; its customer is compared by key, without a query."""
    if row.customer_id != values["customer"].pk:
        return False
    return all(getattr(row, name) == values[name] for name in STATE if name != "customer")


def _touch_document(touch: CreditedTouch) -> dict[str, Any]:
    """Return a touch as JSON; one that is no exposure has no placement."""
    shown = touch.shown
    return {
        "placement": shown.placement if shown else None,
        "variant": shown.variant if shown else None,
        "experience": shown.experience if shown else None,
        "at": CLOCK.to_representation(touch.at),
        "credit": f"{money(touch.credit):.4f}",
    }


def _conversion_row(
    row: AttributedConversion | None,
    credit: SaleCredit,
    values: Mapping[str, Any],
    at: datetime,
) -> AttributedConversion:
    found = AttributedConversion(order_id=credit.order_id, revision=0) if row is None else row
    for name, value in values.items():
        setattr(found, name, value)
    shown = [touch.shown for touch in credit.touches if touch.shown is not None]
    codes = dict.fromkeys(one.placement for one in shown)
    found.placements = f" {' '.join(codes)} " if codes else ""
    found.lift = measured_lift(shown[-1], at) if shown else None
    found.revision += 1
    found.attributed_at = at
    return found


def _write(changed: Sequence[AttributedConversion]) -> None:
    new = [row for row in changed if row.pk is None]
    AttributedConversion.objects.bulk_create(new)
    AttributedConversion.objects.bulk_update(
        [row for row in changed if row not in new], WRITTEN, batch_size=500
    )


def _announce(changed: Sequence[AttributedConversion]) -> None:
    """Queue webhook messages and the signal; the first state of orders of old has none."""
    first = [row.order_id for row in changed if row.revision == 1]
    silent = set(
        AnnouncedOrder.objects.filter(pk__in=first, announces_attribution=False).values_list(
            "pk", flat=True
        )
    )
    sent = [row for row in changed if row.revision > 1 or row.order_id not in silent]
    if not sent:
        return
    queue_messages(TOPIC, [[row.pk, row.revision] for row in sent])
    if conversion_attributed.has_listeners(Order):
        values = [conversion_values(row) for row in sent]
        transaction.on_commit(partial(_send, values), robust=True)


def _send(conversions: Sequence[Mapping[str, Any]]) -> None:
    for values in conversions:
        conversion_attributed.send_robust(Order, **values)
