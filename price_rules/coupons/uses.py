"""Count the uses of coupons: orders that name a coupon, and reservations for orders."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from core.database.listed_texts import IsAmong, NamesSeveral
from customers.models import Customer, Order, OrderState
from price_rules.models import CartPriceRule, Coupon, Reservation
from price_rules.models.coupon import CouponQuerySet
from price_rules.users import UsersOfRules

# When a reservation for a deleted order expires: never. Every time zone can show it.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def keep_uses(customer: int) -> None:
    """Keep what the orders of a customer use counted when they are deleted with the customer.

    A reservation that never expires takes the place of each order that uses a coupon.
    """
    orders = _counting().filter(customer=customer).only("number", "used_coupon_folded")
    codes = {one.number: one.used_codes for one in orders}
    # Some shops transmit no codes: such an order only has its reservation.
    Reservation.objects.filter(order__in=list(codes)).update(expires_at=NEVER)
    coupons = Coupon.objects.filter(code_folded__in={*chain(*codes.values())} - {""})
    keys = dict(coupons.values_list("code_folded", "pk"))
    Reservation.objects.bulk_create(
        [
            Reservation(coupon_id=keys[code], order=number, expires_at=NEVER)
            for number, used in codes.items()
            for code in used & keys.keys()
        ],
        ignore_conflicts=True,
    )


def uses_of_code(coupon: Coupon, *, at: datetime) -> int:
    """Return how often the code of `coupon` is used."""
    return _uses(Q(pk=coupon.pk), at)


def with_uses(coupons: CouponQuerySet, *, at: datetime) -> CouponQuerySet:
    """Return the coupons annotated with `used`: how often the code of each is used."""
    code = OuterRef("code_folded")
    alone = _counting().filter(used_coupon_folded=code)
    several = _with_several().filter(IsAmong(code, F("used_coupon_folded")))
    reservations = _besides(at).filter(coupon=OuterRef("pk"))
    counted: CouponQuerySet = coupons.annotate(
        used=number_of(alone)
        + number_of(several.exclude(used_coupon_folded=code))
        + number_of(reservations)
    )
    return counted


def number_of(rows: QuerySet[Any]) -> Subquery:
    """Return a subquery with the number of `rows`, which refer to an outer row."""
    number = Func(F("pk"), function="COUNT", output_field=BigIntegerField())
    return Subquery(rows.order_by().annotate(rows_counted=number).values("rows_counted"))


def uses_of_rule(rule: CartPriceRule, *, at: datetime) -> int:
    """Return how often the codes of `rule` are used, including codes that it no longer has."""
    return _uses(Q(rule=rule), at)


def uses_left(rule: CartPriceRule, *, at: datetime) -> int | None:
    """Return how often the codes of `rule` can still be used in total; None: without limit."""
    if not rule.uses_total:
        return None
    return max(0, rule.uses_total - uses_of_rule(rule, at=at))


def uses_by_customer(rule: CartPriceRule, customer: Customer, *, at: datetime) -> int:
    """Return how often this customer has used the codes of `rule`."""
    return _uses(Q(rule=rule), at, customer)


def reservations_of(rule: CartPriceRule) -> list[str]:
    """Return a text for each current reservation of a code of `rule` whose order is not stored."""
    rows = Reservation.objects.filter(
        ~Exists(_stored_order()), coupon__rule=rule, expires_at__gt=now(), expires_at__lt=NEVER
    )
    text = _("reservation for order %(number)s")
    return [text % {"number": one} for one in rows.order_by("pk").values_list("order", flat=True)]


def customers_with_uses(rule: CartPriceRule, *, at: datetime) -> QuerySet[Any, Any]:
    """Return the `user` of each use of the codes of `rule`: a customer's key, None without one."""
    reservations = _besides(at).filter(coupon__in=Coupon.objects.filter(rule=rule))
    arrived = _stored_order()
    # As in `_uses`: the use of a stored order belongs to the order's customer.
    owner = Case(
        When(Exists(arrived), then=Subquery(arrived.values("customer_id")[:1])),
        default=F("customer_id"),
        output_field=BigIntegerField(),
    )
    reserved = reservations.order_by().values(user=owner)
    alone, several = _users(_orders(Q(rule=rule)))
    return alone.union(several, reserved, all=True)


def _uses(coupons: Q, at: datetime, customer: Customer | None = None) -> int:
    orders = _orders(coupons)
    reservations = _besides(at).filter(coupon__in=Coupon.objects.filter(coupons))
    if customer is not None:
        orders = [rows.filter(customer=customer) for rows in orders]
        # The use of a stored order belongs to the order's customer, not to the reservation's.
        reservations = reservations.filter(
            Q(~Exists(_stored_order()), customer=customer)
            | Q(order__in=Order.objects.filter(customer=customer).values("number"))
        )
    alone, several = _users(orders)
    return alone.union(several, all=True).count() + reservations.count()


def _users(orders: Sequence[QuerySet[Order]]) -> list[QuerySet[Any, Any]]:
    return [rows.order_by().values(user=F("customer_id")) for rows in orders]


def _orders(coupons: Q) -> list[QuerySet[Order]]:
    """Return the orders that use one of the coupons: those that name one code, and the others.

    They are two querysets, so that each can use an index of its own.
    """
    found = Coupon.objects.filter(coupons)
    named = found.filter(IsAmong(F("code_folded"), OuterRef("used_coupon_folded")))
    alone = Q(used_coupon_folded__in=found.values("code_folded"))
    return [_counting().filter(alone), _with_several().filter(~alone, Exists(named))]


def _counting() -> QuerySet[Order]:
    """Return the orders whose coupons count as used: all that are not canceled."""
    orders: QuerySet[Order] = Order.objects.exclude(state=OrderState.CANCELED)
    return orders


def _with_several() -> QuerySet[Order]:
    """Return the orders that are not canceled and name several coupons."""
    return _counting().filter(NamesSeveral("used_coupon_folded"))


def _stored_order() -> QuerySet[Order]:
    """Return the stored order that an outer reservation is for."""
    orders: QuerySet[Order] = Order.objects.filter(number=OuterRef("order"))
    return orders


def _besides(at: datetime) -> QuerySet[Reservation]:
    """Return the reservations that count as uses at `at`, in addition to orders naming their codes.

    While the order is not stored, a reservation counts until it expires. Once the order is stored,
    a reservation counts as long as the order is not canceled and does not name the code (then the
    order itself counts): many shops do not transmit coupon codes.
    """
    arrived = _stored_order()
    counting = arrived.exclude(state=OrderState.CANCELED)
    code = OuterRef("coupon__code_folded")
    silent = counting.exclude(used_coupon_folded=code).exclude(
        IsAmong(code, F("used_coupon_folded"))
    )
    return Reservation.objects.filter(Q(~Exists(arrived), expires_at__gt=at) | Q(Exists(silent)))


USED_BY_RESERVATIONS = UsersOfRules("reservations", gettext_lazy("Reservations"), reservations_of)
