"""How often coupons have been used: orders that name them, and orders that are on their way."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from customers.models import Customer, Order, OrderState
from price_rules.models import CartPriceRule, Coupon, Reservation
from price_rules.models.coupon import CouponQuerySet


def uses_of_code(coupon: Coupon, *, at: datetime) -> int:
    """Return how often the code of `coupon` is used."""
    return _uses(Q(pk=coupon.pk), at)


def with_uses(coupons: CouponQuerySet, *, at: datetime) -> CouponQuerySet:
    """Return the coupons with `used`: how often the code of each is used."""
    orders = _counting().filter(coupon_code_folded=OuterRef("code_folded"))
    reservations = live_reservations(at).filter(coupon=OuterRef("pk"))
    counted: CouponQuerySet = coupons.annotate(
        used=number_of(orders, "coupon_code_folded") + number_of(reservations, "coupon")
    )
    return counted


def number_of(rows: QuerySet[Any], column: str) -> Coalesce:
    """Return how many `rows` there are, which all have the same in `column`, for each outer row."""
    counted = rows.order_by().values(column).annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counted), 0)


def uses_of_rule(rule: CartPriceRule, *, at: datetime) -> int:
    """Return how often the codes of `rule` are used, also those that it no longer has."""
    return _uses(Q(rule=rule), at)


def uses_by_customer(rule: CartPriceRule, customer: Customer, *, at: datetime) -> int:
    """Return how often this customer has used the codes of `rule`."""
    return _uses(Q(rule=rule), at, customer)


def order_using(coupon: Coupon, number: str) -> bool:
    """Return whether the order of this number has arrived with the code and is not canceled."""
    return _orders(Q(pk=coupon.pk)).filter(number=number).exists()


def _uses(coupons: Q, at: datetime, customer: Customer | None = None) -> int:
    orders, reservations = (
        _orders(coupons),
        live_reservations(at).filter(coupon__in=Coupon.objects.filter(coupons)),
    )
    if customer is not None:
        orders, reservations = (
            orders.filter(customer=customer),
            reservations.filter(customer=customer),
        )
    return orders.count() + reservations.count()


def _orders(coupons: Q) -> QuerySet[Order]:
    codes = Coupon.objects.filter(coupons).values("code_folded")
    return _counting().filter(coupon_code_folded__in=codes)


def _counting() -> QuerySet[Order]:
    """Return the orders that use what they name."""
    orders: QuerySet[Order] = Order.objects.exclude(state=OrderState.CANCELED)
    return orders


def live_reservations(at: datetime) -> QuerySet[Reservation]:
    """Return the reservations that count at `at`: in time, and of orders that are not stored."""
    arrived = Order.objects.filter(number=OuterRef("order"))
    return Reservation.objects.filter(~Exists(arrived), expires_at__gt=at)
