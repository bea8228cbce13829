"""Merges a guest who registers or logs in into the customer, everything counted once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import DO_NOTHING
from django.utils.translation import gettext as _

from customers import clock
from customers.models import Address, Customer, CustomerMerge, NewsletterSubscription, Wishlist
from customers.models.customer import CustomerKind
from customers.registries import Registry, dotted

# What another app does while both customers are locked, before the rows move.
Follow = Callable[[Customer, datetime], None]
# Called with the guest before they are locked: takes the locks that come first, and returns the
# rest. Both are in the transaction of the merge, so that an error undoes it.
Hook = Callable[[Customer], Follow]

BEFORE_MERGE: Registry[Hook] = Registry("hook", dotted)


class MergeRefused(ValueError):
    """A merge that cannot be; nothing was written. `code` is stable, the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Overtaken(Exception):
    """Raised by a `Follow` that needs a lock which it did not take: the merge begins anew."""


def customer_known_as(external_id: str) -> Customer | None:
    """Return the customer with this number, or the one whom the guest of this number has become."""
    found: Customer | None = (
        Customer.objects.filter(external_id=external_id).first()
        or Customer.objects.filter(merges__guest_external_id=external_id).first()
    )
    return found


def merge_guest(
    guest: Customer | str, customer: Customer | str, *, at: datetime | None = None
) -> Customer:
    """Move all rows of `guest` to `customer`, delete the guest, and return the customer.

    Both are customers or their numbers; `at` is aware, now unless given, and recorded. The
    customer's profile stays as it is. Where only one row may stand, the customer's own does, but
    for newsletter subscriptions and wished products, where the later one does. Merging again
    changes nothing. Raises `MergeRefused` where one is not there, where a registered customer
    would vanish, or where it would be merged into a guest.
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
    follows = [hook(one) for one in _existing(guest_number) for hook in BEFORE_MERGE]
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
        follow(customer, at)
    _move_everything(guest, customer)
    CustomerMerge.objects.update_or_create(
        guest_external_id=guest_number, defaults={"customer": customer, "at": at}
    )
    guest.delete()
    return customer


def _existing(guest_number: str) -> models.QuerySet[Customer]:
    return Customer.objects.filter(external_id=guest_number, kind=CustomerKind.GUEST)


def _move_everything(guest: Customer, customer: Customer) -> None:
    _keep_one_default_address(guest, customer)
    _keep_later_subscriptions(guest, customer)
    _move_wishes(guest, customer)
    for relation in Customer._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is not DO_NOTHING:
            # One-to-one ones are such, too. What outlives its customer is found out by others, who
            # may be writing it just now, and is theirs to put right.
            _move(relation.related_model, relation.field.name, guest, customer)


def _move(model: type[models.Model], owner: str, guest: Any, customer: Any) -> None:
    """Give the rows of `model` whose `owner` is the guest to the customer.

    What is the same row by a unique constraint stays behind, and goes with the guest; events that
    look the same are two all the same, and are counted on.
    """
    rows = model._base_manager.filter(**{owner: guest})
    own = model._base_manager.filter(**{owner: customer})
    for names in _unique_with(model, owner):
        if "occurrence" in names:
            _count_on(rows, own, owner, [name for name in names if name != "occurrence"], customer)
            continue
        taken = set(own.values_list(*names)) if names else set()
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
    """Number the guest's events on from those of the customer that look the same, and move them."""
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


def _keep_one_default_address(guest: Customer, customer: Customer) -> None:
    for default in ("is_default_billing", "is_default_shipping"):
        if Address.objects.filter(customer=customer, **{default: True}).exists():
            Address.objects.filter(customer=guest, **{default: True}).update(**{default: False})


def _keep_later_subscriptions(guest: Customer, customer: Customer) -> None:
    for subscription in NewsletterSubscription.objects.filter(customer=guest):
        NewsletterSubscription.objects.filter(
            customer=customer,
            store=subscription.store_id,
            status_changed_at__lt=subscription.status_changed_at,
        ).delete()


def _move_wishes(guest: Customer, customer: Customer) -> None:
    """Put the guest's wishes on the customer's own list, where there is one."""
    theirs = Wishlist.objects.filter(customer=guest).first()
    own = Wishlist.objects.filter(customer=customer).first()
    if theirs is None or own is None:
        return
    for wish in theirs.items.all():
        own.items.filter(product=wish.product_id, added_at__lt=wish.added_at).delete()
    theirs.items.exclude(product__in=own.items.values("product")).update(wishlist=own)
