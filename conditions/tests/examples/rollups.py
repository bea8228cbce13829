"""Roll-ups in every state that they may be in: fresh, gone stale, not there."""

from datetime import UTC, datetime

from django.db.models import Case, F, Value, When

from conditions.upkeep.rollup import update
from customers.models import Customer, CustomerRollup, DirtyCustomer

LONG_AGO = datetime(1999, 9, 9, tzinfo=UTC)


def roll_up_everybody(database="default"):
    """Process all marks."""
    ids = list(Customer.objects.using(database).values_list("pk", flat=True))
    DirtyCustomer.objects.using(database).all().delete()
    update(ids, using=database)


def roll_up_in_every_way(database="default"):
    """Leave a third of the roll-ups fresh, a third stale with a mark, a third not there."""
    roll_up_everybody(database)
    ids = list(Customer.objects.using(database).order_by("pk").values_list("pk", flat=True))
    _fresh, stale, gone = (ids[start::3] for start in range(3))
    rows = CustomerRollup.objects.using(database)
    rows.filter(pk__in=stale).update(
        is_active=Case(When(is_active=True, then=False), default=True),
        kind=Case(When(kind="guest", then=Value("registered")), default=Value("guest")),
        sales=F("sales") + 7,
        number_of_orders=F("number_of_orders") + 1,
        refunds=F("refunds") + 1,
        quantity=F("quantity") + 1,
        orders=F("orders") + 2,
        first_order_at=LONG_AGO,
        last_order_at=LONG_AGO,
        last_login_at=LONG_AGO,
        views=F("views") + 1,
        last_viewed_at=LONG_AGO,
        wished_products=F("wished_products") + 1,
        last_wished_at=LONG_AGO,
    )
    marks = [DirtyCustomer(customer_id=pk, reason="event", at=LONG_AGO) for pk in stale]
    DirtyCustomer.objects.using(database).bulk_create(marks)
    # The database makes a row for them at once, which is not complete.
    rows.filter(pk__in=gone).delete()
