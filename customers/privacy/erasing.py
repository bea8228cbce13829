"""Erases a customer: the rows in one transaction, then what is elsewhere, until nothing is left.

Each step can be repeated, so that any task can continue an erasure that is half done: the task that
the request queues, or the periodic task that looks for unfinished erasures every few seconds.
"""

import logging
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models import QuerySet

from core.audit import record
from core.clock import now
from core.database.prepared import has_row
from customers.guests import guest_number
from customers.models import AuditAction, AuditSubject, Customer, Erasure, Order, Orders
from customers.privacy.elsewhere import REMOVALS
from customers.privacy.erased import erasure_of, forbid, name_of_order
from customers.privacy.holdings import HOLDINGS, Overtaken, Person, begin_ending, person_of

logger = logging.getLogger(__name__)

# The delay before a retry grows from `SOONEST` to `LATEST`.
SOONEST, LATEST = timedelta(seconds=5), timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(days=1)


def request_erasure(customer: Customer, orders: Orders, *, author: Any) -> Erasure:
    """Queue the erasure of `customer`; from now on, incoming data about the customer is left out.

    Returns the erasure: a new one, or the one that is under way. One that was given up continues.
    """
    with transaction.atomic():
        Customer.objects.select_for_update().filter(pk=customer.pk).first()
        erasure = erasure_of(customer.external_id)
        if erasure is None or erasure.completed_at is not None:
            person = person_of(customer)
            at = now()
            erasure = Erasure.objects.create(
                person=_as_json(person),
                orders=orders,
                requested_by=author,
                requested_at=at,
                next_at=at,
            )
            _leave_out(person, erasure)
            record(
                author,
                AuditAction.ERASED,
                AuditSubject.CUSTOMER,
                customer.external_id,
                after={"erasure": erasure.pk, "orders": orders},
            )
        elif erasure.failed_at is not None:
            Erasure.objects.filter(pk=erasure.pk).update(failed_at=None, next_at=now())
            erasure.refresh_from_db()
        number = erasure.pk
        transaction.on_commit(
            lambda: current_app.send_task("customers.erase", args=[number]), robust=True
        )
    return erasure


def has_erasures() -> bool:
    """Return whether an erasure is neither complete nor given up."""
    return has_row("erasures", lambda: Erasure.objects.filter(completed_at=None, failed_at=None))


def erase_due() -> None:
    """Continue every erasure that is due; a failing erasure does not stop the others."""
    due = Erasure.objects.filter(completed_at=None, failed_at=None, next_at__lte=now())
    for number in list(due.order_by("next_at").values_list("pk", flat=True)):
        try:
            go_on(number)
        except Exception as error:
            # The text of the error is left out, since it may name the person.
            logger.error("Erasure %s failed (%s)", number, type(error).__name__)
            if not connection.in_atomic_block:
                # The next erasure needs a working connection.
                connection.close_if_unusable_or_obsolete()


def go_on(number: int) -> None:
    """Do what is left of the erasure with this key; nothing where another process works on it."""
    while True:
        try:
            with transaction.atomic():
                erasure = _claim_erasure(number)
                if erasure is None:
                    return
                if erasure.rows_erased_at is None:
                    _erase_rows(erasure)
            break
        except Overtaken:
            continue
    with transaction.atomic():
        erasure = _claim_erasure(number)
        if erasure is not None:
            _remove_elsewhere(erasure)


def _claim_erasure(number: int) -> Erasure | None:
    """Lock the erasure and return it; None where it is done or another process has locked it."""
    rows: QuerySet[Erasure] = Erasure.objects.filter(pk=number, completed_at=None)
    return rows.select_for_update(skip_locked=True).first()


def _erase_rows(erasure: Erasure) -> None:
    person = _person(erasure)
    customer = Customer.objects.filter(pk=person.pk).first()
    if customer is not None:
        follows = begin_ending(customer)
        Customer.objects.select_for_update().filter(pk=person.pk).first()
        # Guests may have been merged into the customer since the request.
        person = person_of(customer)
        _leave_out(person, erasure)
        for follow in follows:
            follow(now())
    keep_orders = erasure.orders == Orders.ANONYMIZE
    touched = {
        holding.name: holding.erase(holding.rows_of(person), person, keep_orders=keep_orders)
        for holding in reversed(list(HOLDINGS))
    }
    erasure.tables = {name: count for name, count in sorted(touched.items()) if count}
    erasure.rows_erased_at = now()
    erasure.person = _as_json(person)
    erasure.save(update_fields=["tables", "rows_erased_at", "person"])


def _leave_out(person: Person, erasure: Erasure) -> None:
    """Leave out incoming data about the person and about each of the person's orders from now on.

    Data with only the person's e-mail address belongs to the guest of this address, who is left
    out, too.
    """
    orders = Order.objects.filter(customer=person.pk).values_list("number", flat=True)
    guests = [guest_number(person.email)] if person.email else []
    forbid({*person.numbers, *guests, *map(name_of_order, orders)}, erasure)


def _remove_elsewhere(erasure: Erasure) -> None:
    person, at = _person(erasure), now()
    remaining: list[str] = []
    for name, removal in ((one.__module__, one) for one in REMOVALS):
        try:
            with transaction.atomic():
                remaining += removal(person)
        except Exception as error:
            # Not its words, which may name the person.
            logger.error("Erasure %s: %s failed (%s)", erasure.pk, name, type(error).__name__)
            remaining.append(name)
    erasure.remaining = remaining
    waited = at - erasure.requested_at
    if not remaining:
        erasure.completed_at, erasure.person = at, None
    elif waited > GIVEN_UP_AFTER:
        erasure.failed_at = at
    else:
        erasure.next_at = at + min(max(waited, SOONEST), LATEST)
    erasure.save(update_fields=["remaining", "completed_at", "failed_at", "next_at", "person"])


def _as_json(person: Person) -> dict[str, Any]:
    return {"pk": person.pk, "numbers": list(person.numbers), "email": person.email}


def _person(erasure: Erasure) -> Person:
    known: Any = erasure.person
    return Person(known["pk"], tuple(known["numbers"]), known["email"])
