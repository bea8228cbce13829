"""How often coupons have been used: by orders that name them, or for which they were reserved."""

from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from customers.models import Customer, Order, OrderState
from price_rules.models import CartPriceRule, Coupon, Reservation
from price_rules.models.coupon import CouponQuerySet
from price_rules.users import UsersOfRules


def uses_of_code(coupon: Coupon, *, at: datetime) -> int:
    """Return how often the code of `coupon` is used."""
    return _uses(Q(pk=coupon.pk), at)


def with_uses(coupons: CouponQuerySet, *, at: datetime) -> CouponQuerySet:
    """Return the coupons with `used`: how often the code of each is used."""
    orders = _counting().filter(used_coupon_folded=OuterRef("code_folded"))
    reservations = _besides(at).filter(coupon=OuterRef("pk"))
    counted: CouponQuerySet = coupons.annotate(
        used=number_of(orders, "used_coupon_folded") + number_of(reservations, "coupon")
    )
    return counted


def number_of(rows: QuerySet[Any], column: str) -> Coalesce:
    """Return how many `rows` there are, which all have the same in `column`, for each outer row."""
    counted = rows.order_by().values(column).annotate(number=Count("*")).values("number")
    return Coalesce(Subquery(counted), 0)


def uses_of_rule(rule: CartPriceRule, *, at: datetime) -> int:
    """Return how often the codes of `rule` are used, also those that it no longer has."""
    return _uses(Q(rule=rule), at)


def uses_left(rule: CartPriceRule, *, at: datetime) -> int | None:
    """Return how often the codes of `rule` can still be used in all; None: as often as asked."""
    if not rule.uses_total:
        return None
    return max(0, rule.uses_total - uses_of_rule(rule, at=at))


def uses_by_customer(rule: CartPriceRule, customer: Customer, *, at: datetime) -> int:
    """Return how often this customer has used the codes of `rule`."""
    return _uses(Q(rule=rule), at, customer)


def reservations_of(rule: CartPriceRule) -> list[str]:
    """Return for which orders, which may still arrive, codes of `rule` are reserved, in words."""
    rows = Reservation.objects.filter(~Exists(_arrived()), coupon__rule=rule, expires_at__gt=now())
    text = _("reservation for order %(number)s")
    return [text % {"number": one} for one in rows.order_by("pk").values_list("order", flat=True)]


def customers_with_uses(rule: CartPriceRule, *, at: datetime) -> QuerySet[Any, Any]:
    """Return the `user` of each use of the codes of `rule`: a customer's key, None for nobody."""
    orders = _orders(Q(rule=rule)).order_by().values(user=F("customer_id"))
    reservations = _besides(at).filter(coupon__in=Coupon.objects.filter(rule=rule))
    arrived = _arrived()
    # As in `_uses`: an order that has arrived is the use of its own customer.
    owner = Case(
        When(Exists(arrived), then=Subquery(arrived.values("customer_id")[:1])),
        default=F("customer_id"),
        output_field=BigIntegerField(),
    )
    return orders.union(reservations.order_by().values(user=owner), all=True)


def _uses(coupons: Q, at: datetime, customer: Customer | None = None) -> int:
    orders, reservations = (
        _orders(coupons),
        _besides(at).filter(coupon__in=Coupon.objects.filter(coupons)),
    )
    if customer is not None:
        orders, reservations = (
            orders.filter(customer=customer),
            # An order that has arrived is the use of its own customer, whoever reserved for it.
            reservations.filter(
                Q(~Exists(_arrived()), customer=customer)
                | Q(order__in=Order.objects.filter(customer=customer).values("number"))
            ),
        )
    return orders.count() + reservations.count()


def _orders(coupons: Q) -> QuerySet[Order]:
    codes = Coupon.objects.filter(coupons).values("code_folded")
    return _counting().filter(used_coupon_folded__in=codes)


def _counting() -> QuerySet[Order]:
    """Return the orders that use what they name."""
    orders: QuerySet[Order] = Order.objects.exclude(state=OrderState.CANCELED)
    return orders


def _arrived() -> QuerySet[Order]:
    """Return the stored order that an outer reservation is for."""
    orders: QuerySet[Order] = Order.objects.filter(number=OuterRef("order"))
    return orders


def _besides(at: datetime) -> QuerySet[Reservation]:
    """Return the reservations that count at `at` beside the orders that name their codes.

    They are in time while their order is not stored. Once it is they count as long as it is not
    canceled, whether it names the code or not: many shops do not say it.
    """
    arrived = _arrived()
    counting = arrived.exclude(state=OrderState.CANCELED)
    silent = counting.exclude(used_coupon_folded=OuterRef("coupon__code_folded"))
    return Reservation.objects.filter(Q(~Exists(arrived), expires_at__gt=at) | Q(Exists(silent)))


USED_BY_RESERVATIONS = UsersOfRules("reservations", gettext_lazy("Reservations"), reservations_of)
