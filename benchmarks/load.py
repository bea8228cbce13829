"""Simulated traffic of a shop: one change after another, by every way of writing."""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Max, Min, QuerySet

from core.clock import now
from customers.merging import MergeRefused, merge_guest
from customers.models import (
    Cart,
    Customer,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    Refund,
    Store,
    Website,
)
from segments.editing.activation import set_active
from segments.editing.overrides import remove_override, set_override
from segments.editing.saving import VersionConflict, save_segment
from segments.engine.refreshes.runs import SegmentInactive, cancel_run, request_refresh
from segments.models import RefreshRun, Segment
from segments.rules.definition import Definition, definition_of

Change = Callable[[random.Random], None]
FOREIGN_KEY_VIOLATION = "23503"


def one_change(rng: random.Random) -> str:
    """Make a random change and return its name; retry after a deadlock with other traffic.

    Skip a change that other traffic has made impossible in the meantime.
    """
    kinds, weights = zip(*CHANGES, strict=True)
    change = rng.choices(kinds, weights)[0]
    for _attempt in range(5):
        try:
            with transaction.atomic():
                change(rng)
            break
        except OperationalError:  # two transactions waited for each other
            continue
        except (ObjectDoesNotExist, MergeRefused, SegmentInactive):
            break
        except IntegrityError as error:
            if getattr(error.__cause__, "sqlstate", "") != FOREIGN_KEY_VIOLATION:
                raise
            break
    return str(change.__name__)


def somebody(rng: random.Random, number: int = 1) -> QuerySet[Customer]:
    """Return about `number` neighbours among the customers."""
    bounds = Customer.objects.aggregate(low=Min("pk"), high=Max("pk"))
    start = rng.randint(bounds["low"], bounds["high"])
    ids = Customer.objects.filter(pk__gte=start).order_by("pk").values("pk")[:number]
    return Customer.objects.filter(pk__in=ids)


def order(rng: random.Random) -> None:
    at = now() - timedelta(days=rng.choice([0, 0, 0, 1, 29, 30, 31, 89, 90, 364]))
    amount = Decimal(rng.randint(1, 60_000)) / 100
    for customer in somebody(rng):
        Order.objects.create(
            number=f"load-{uuid4().hex}",
            customer=customer,
            store=customer.store,
            state=rng.choice(["new", "complete", "canceled"]),
            created_at=at,
            updated_at=at,
            grand_total=amount,
            subtotal=amount,
            total_quantity=1,
            lines_count=1,
            coupon_code=rng.choice(["", "SPRING"]),
        )


def order_goes_on(rng: random.Random) -> None:
    orders = Order.objects.filter(customer__in=somebody(rng).values("pk"))
    orders.update(state=rng.choice(["complete", "canceled", "closed"]), updated_at=now())


def order_changes_hands(rng: random.Random) -> None:
    other = somebody(rng).first()
    found = Order.objects.filter(customer__in=somebody(rng).values("pk")).first()
    if found is not None:
        Order.objects.filter(pk=found.pk).update(customer=other)


def orders_are_deleted(rng: random.Random) -> None:
    Order.objects.filter(
        customer__in=somebody(rng).values("pk"), number__startswith="load"
    ).delete()


def refund(rng: random.Random) -> None:
    """Write a refund of an order that names its customer, another one, or none."""
    found = Order.objects.filter(customer__in=somebody(rng, 5).values("pk")).first()
    if found is not None:
        Refund.objects.bulk_create(
            [
                Refund(
                    number=f"load-{uuid4().hex}",
                    order=found,
                    customer=rng.choice([found.customer, somebody(rng).first(), None]),
                    created_at=now(),
                    amount=rng.randint(1, 100),
                )
            ]
        )


def guest_logs_in(rng: random.Random) -> None:
    guest = somebody(rng, 50).filter(kind="guest").first()
    customer = somebody(rng, 50).filter(kind="registered").first()
    if guest is not None and customer is not None:
        merge_guest(guest, customer)


def flood(rng: random.Random) -> None:
    """Change a quarter of all customers at once, or what concerns everybody."""
    if rng.random() < 0.5:
        zone = rng.choice(["UTC", "Europe/Berlin", "Pacific/Apia", "America/New_York"])
        Website.objects.filter(code=rng.choice(["default", "uk", "us"])).update(timezone=zone)
        return
    born = now().date().replace(year=1970) + timedelta(days=rng.randint(0, 30))
    quarter = somebody(rng, Customer.objects.count() // 4)
    Customer.objects.filter(pk__in=quarter.values("pk")).update(date_of_birth=born)


def cart(rng: random.Random) -> None:
    for customer in somebody(rng):
        at = now() - timedelta(seconds=rng.choice([0, 0, 3_590, 3_600, 86_400]))
        Cart.objects.create(
            external_id=f"load-{uuid4().hex}",
            customer=customer,
            store=customer.store,
            created_at=at,
            updated_at=at,
            subtotal=rng.randint(1, 500),
            grand_total=rng.randint(1, 500),
        )


def login(rng: random.Random) -> None:
    Login.objects.bulk_create(
        Login(customer=customer, logged_in_at=now(), occurrence=rng.randint(1, 10**9))
        for customer in somebody(rng, 5)
    )


def profile(rng: random.Random) -> None:
    for customer in somebody(rng):
        customer.first_name = rng.choice(["Anna", "Łukasz", "STRASSE", ""])
        customer.accepts_marketing = rng.choice([True, False, None])
        customer.save()


def by_hand(rng: random.Random) -> None:
    """Write past the models."""
    with connection.cursor() as cursor:
        for customer in somebody(rng, 3):
            cursor.execute(
                "UPDATE customers_customer SET last_name = %s, is_active = %s WHERE id = %s",
                [rng.choice(["Straße", "O'Brien"]), rng.random() < 0.9, customer.pk],
            )


def many_at_once(rng: random.Random) -> None:
    ids = somebody(rng, 200).values("pk")
    born = now().date().replace(year=1980) + timedelta(days=rng.randint(0, 9))
    Customer.objects.filter(pk__in=ids).update(date_of_birth=born)


def tag(rng: random.Random) -> None:
    for customer in somebody(rng):
        CustomerTag.objects.get_or_create(customer=customer, tag=rng.choice(["vip", "new"]))


def newsletter(rng: random.Random) -> None:
    for customer in somebody(rng):
        NewsletterSubscription.objects.update_or_create(
            customer=customer,
            store=Store.objects.order_by("pk").first(),
            defaults={
                "status": rng.choice(["subscribed", "unsubscribed"]),
                "status_changed_at": now(),
            },
        )


def somebody_is_deleted(rng: random.Random) -> None:
    somebody(rng).delete()


def decision(rng: random.Random) -> None:
    segment, customer = any_segment(rng), somebody(rng).first()
    override = segment.overrides.first()
    if override is not None and rng.random() < 0.5:
        remove_override(override)
    elif customer is not None:
        set_override(segment, customer, rng.choice(["include", "exclude"]), author=None)


def edit(rng: random.Random) -> None:
    """Give a segment the conditions of another one, and have it refreshed."""
    segment, other = any_segment(rng), any_segment(rng)
    definition = definition_of(segment)
    try:
        save_segment(
            segment,
            Definition(
                definition.name, conditions=other.conditions, applies_to=definition.applies_to
            ),
            author=None,
        )
        request_refresh(segment)
    except (VersionConflict, SegmentInactive):
        pass


def refresh(rng: random.Random) -> None:
    request_refresh(any_segment(rng))


def run_ends_in_nothing(rng: random.Random) -> None:
    """Cancel a refresh, or delete its row."""
    run = RefreshRun.objects.unfinished().order_by("?").first()
    if run is not None and rng.random() < 0.8:
        cancel_run(run)
    elif run is not None:
        run.delete()


def switch(rng: random.Random) -> None:
    segment = any_segment(rng)
    set_active([segment], not segment.is_active)


def any_segment(rng: random.Random) -> Segment:
    # Only the benchmark's own segments: no other segment refers to them, nor they to another.
    return rng.choice(list(Segment.objects.filter(code__startswith="load-").order_by("pk")))


CHANGES: list[tuple[Change, int]] = [
    (order, 20),
    (order_goes_on, 15),
    (order_changes_hands, 5),
    (orders_are_deleted, 3),
    (cart, 12),
    (login, 12),
    (profile, 10),
    (by_hand, 6),
    (many_at_once, 2),
    (tag, 6),
    (newsletter, 5),
    (somebody_is_deleted, 1),
    (refund, 5),
    (guest_logs_in, 3),
    (decision, 2),
    (edit, 1),
    (refresh, 2),
    (run_ends_in_nothing, 2),
    (switch, 1),
]
