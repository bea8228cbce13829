"""Merges a guest who registers or logs in into the customer, without duplicate rows."""

from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.utils.translation import gettext as _

from core import clock
from customers.models import Customer, CustomerMerge, EventVersion
from customers.models.identity.customer import CustomerKind, announce_left
from customers.privacy.holdings import HOLDINGS, Overtaken, begin_ending


class MergeRefused(ValueError):
    """A merge is refused; nothing was written. `code` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def customer_known_as(external_id: str) -> Customer | None:
    """Return the customer with this number, or the one that a guest with it was merged into."""
    found: Customer | None = (
        Customer.objects.filter(external_id=external_id).first()
        or Customer.objects.filter(merges__guest_external_id=external_id).first()
    )
    return found


def merge_guest(
    guest: Customer | str, customer: Customer | str, *, at: datetime | None = None
) -> Customer:
    """Move all rows of `guest` to `customer`, delete the guest, and return the customer.

    Both are customers or their numbers; `at` is aware, by default now, and recorded. The customer's
    profile stays as it is, except that a refusal of marketing by either of them counts, unless the
    other one consented later by an event, which has a time. Where a
    unique constraint allows only one row, the customer's own row stays, except that the later row
    stays for newsletter subscriptions and wished products. Merging again changes nothing. Raises
    `MergeRefused` where one of them does not exist, where a registered customer would be deleted,
    or where the guest would be merged into another guest.
    """
    guest_number, customer_number = (
        one if isinstance(one, str) else str(one.external_id) for one in (guest, customer)
    )
    moment = clock.now() if at is None else at
    while True:
        try:
            with transaction.atomic():
                return _merge(guest_number, customer_number, moment)
        except Overtaken:
            continue


def _merge(guest_number: str, customer_number: str, at: datetime) -> Customer:
    follows = [follow for one in _existing(guest_number) for follow in begin_ending(one)]
    found: dict[str, Customer] = {
        one.external_id: one
        for one in Customer.objects.select_for_update()
        .filter(external_id__in=[guest_number, customer_number])
        .order_by("pk")
    }
    customer = found.get(customer_number)
    if customer is None:
        raise MergeRefused("unknown_customer", _("There is no customer %s.") % customer_number)
    guest = found.get(guest_number)
    if guest is None:
        merged = CustomerMerge.objects.filter(guest_external_id=guest_number).first()
        if merged is None or merged.customer_id != customer.pk:
            raise MergeRefused("unknown_guest", _("There is no guest %s.") % guest_number)
        return customer
    if guest.kind != CustomerKind.GUEST:
        raise MergeRefused("not_a_guest", _("Customer %s is registered.") % guest_number)
    if customer.kind != CustomerKind.REGISTERED:
        raise MergeRefused(
            "not_registered", _("%s is a guest; guests merge into customers.") % customer_number
        )
    for follow in follows:
        follow(at)
    if guest.mailbox not in ("", customer.mailbox):
        announce_left([guest.pk], using=DEFAULT_DB_ALIAS)
    _keep_refusal(guest, customer)
    _move_everything(guest, customer)
    refused_at = guest.refused_marketing_at if guest.accepts_marketing is False else None
    CustomerMerge.objects.update_or_create(
        guest_external_id=guest_number,
        defaults={"customer": customer, "at": at, "refused_marketing_at": refused_at},
    )
    guest.delete()
    return customer


def _keep_refusal(guest: Customer, customer: Customer) -> None:
    if (guest.accepts_marketing, customer.accepts_marketing) == (True, False):
        customer.say_marketing(True, _consented_at(guest))
        customer.save(update_fields=["accepts_marketing"])
    if guest.accepts_marketing and customer.accepts_marketing:
        _keep_consent_time(guest, customer)
    if guest.accepts_marketing is not False:
        return
    if customer.accepts_marketing is not False:
        refused_at, consented_at = guest.refused_marketing_at, _consented_at(customer)
        if refused_at and consented_at and refused_at < consented_at:
            return
    moments = [guest.refused_marketing_at, customer.refused_marketing_at]
    customer.accepts_marketing = False
    customer.refused_marketing_at = max((one for one in moments if one), default=None)
    customer.save(update_fields=["accepts_marketing", "refused_marketing_at"])


def _keep_consent_time(guest: Customer, customer: Customer) -> None:
    """Store the later consent of both for `customer`: an older refusal may still arrive."""
    moments = [one for one in (_consented_at(guest), _consented_at(customer)) if one]
    if moments:
        EventVersion.objects.update_or_create(
            kind="customer",
            key=customer.external_id,
            detail=EventVersion.CONSENT,
            defaults={"occurred_at": max(moments)},
        )


def _consented_at(customer: Customer) -> datetime | None:
    """Return when `customer` last consented to marketing by an event; None if in the future."""
    rows = EventVersion.objects.filter(
        kind="customer",
        key=customer.external_id,
        detail=EventVersion.CONSENT,
        occurred_at__lte=clock.now(),
    )
    return rows.values_list("occurred_at", flat=True).first()


def _existing(guest_number: str) -> models.QuerySet[Customer]:
    return Customer.objects.filter(external_id=guest_number, kind=CustomerKind.GUEST)


def _move_everything(guest: Customer, customer: Customer) -> None:
    for holding in HOLDINGS:
        if holding.before_move is not None:
            holding.before_move(guest, customer)
        if holding.moves:
            _move(holding.model, holding.path, guest, customer)


def _move(model: type[models.Model], owner: str, guest: Any, customer: Any) -> None:
    """Move the rows of `model` whose `owner` is the guest to the customer.

    A row that would violate a unique constraint stays, and is deleted with the guest. Equal events
    with an `occurrence` are separate events, and get the next numbers.
    """
    rows = model._base_manager.filter(**{owner: guest})
    own = model._base_manager.filter(**{owner: customer})
    for names in _unique_with(model, owner):
        if "occurrence" in names:
            _count_on(rows, own, owner, [name for name in names if name != "occurrence"], customer)
            continue
        taken = set(own.values_list(*names)) if names else set()
        # Rows with a null in a unique constraint never conflict.
        taken = {key for key in taken if None not in key}
        same = [pk for pk, *key in rows.values_list("pk", *names) if tuple(key) in taken]
        if not names and own.exists():
            same = list(rows.values_list("pk", flat=True))
        rows = rows.exclude(pk__in=same)
    rows.update(**{owner: customer})


def _unique_with(model: type[models.Model], owner: str) -> list[list[str]]:
    """Return, for each unique constraint that names `owner`, its other columns."""
    options = model._meta
    constraints = [tuple(each.fields) for each in options.total_unique_constraints]
    constraints += [tuple(each) for each in options.unique_together]
    constraints += [(owner,)] if options.get_field(owner).unique else []  # type: ignore[union-attr]
    return [[name for name in names if name != owner] for names in constraints if owner in names]


def _count_on(
    rows: models.QuerySet[Any],
    own: models.QuerySet[Any],
    owner: str,
    names: list[str],
    customer: Customer,
) -> None:
    """Move the guest's events; number them after the customer's events with the same values."""
    latest = {
        tuple(key): highest
        for *key, highest in own.values_list(*names).annotate(models.Max("occurrence"))
    }
    fields = [rows.model._meta.get_field(name).attname for name in names if name != owner]
    moved = []
    for row in rows.order_by("occurrence"):
        key = tuple(getattr(row, field) for field in fields)
        if key in latest:
            latest[key] += 1
            row.occurrence = latest[key]
            setattr(row, owner, customer)
            moved.append(row)
    rows.model._base_manager.bulk_update(moved, [owner, "occurrence"], batch_size=100)
