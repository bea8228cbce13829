"""The products that a customer showed interest in within the last 24 hours, from stored rows."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from customers.models import CartItem, Customer, ProductView, Purpose, WishlistItem
from customers.privacy.consent import refuses
from customers.purchases import lines_before
from personalization.behavior.activity import CART_ADDED
from personalization.models import BehaviorEvent

LATELY = timedelta(hours=24)
MOST = 5
CART_REMOVED = "cart_removed"


def recent_skus(customer: Customer, at: datetime) -> tuple[str, ...]:
    """Return the 5 newest different SKUs of the 24 hours until `at` (aware), newest first.

    They were viewed, wished for or put into a cart. SKUs bought since, or taken out of the cart
    again, are left out. Views count only with consent to tracking.
    """
    since = at - LATELY
    newest = _newest(_interest(customer, since, at))
    if not newest:
        return ()
    bought = _bought_lately(customer, since, at)
    removed = _newest(_behaviors(customer, CART_REMOVED, since, at))
    left = [
        sku
        for sku, moment in newest.items()
        # A removal at the instant of the addition is not a later one.
        if not (sku in bought and bought[sku] >= moment)
        and not (sku in removed and removed[sku] > moment)
    ]
    return tuple(sorted(left, key=lambda sku: (-newest[sku].timestamp(), sku))[:MOST])


def _interest(customer: Customer, since: datetime, at: datetime) -> Iterator[tuple[str, datetime]]:
    if not refuses(customer, Purpose.TRACKING):
        views = ProductView.objects.filter(customer=customer, viewed_at__range=(since, at))
        yield from views.order_by().values_list("product__sku", "viewed_at")
    wishes = WishlistItem.objects.filter(wishlist__customer=customer, added_at__range=(since, at))
    yield from wishes.order_by().values_list("product__sku", "added_at")
    lines = CartItem.objects.filter(
        cart__customer=customer, parent=None, added_at__range=(since, at)
    )
    yield from lines.order_by().values_list("sku", "added_at")
    yield from _behaviors(customer, CART_ADDED, since, at)


def _bought_lately(customer: Customer, since: datetime, at: datetime) -> dict[str, datetime]:
    own = lines_before(at, since, with_refusing=True).filter(order__customer=customer)
    return _newest(own.order_by().values_list("sku", "order__created_at"))


def _newest(moments: Iterable[tuple[str, datetime]]) -> dict[str, datetime]:
    """Return the last moment of each SKU."""
    found: dict[str, datetime] = {}
    for sku, moment in moments:
        found[sku] = max(moment, found.get(sku, moment))
    return found


def _behaviors(
    customer: Customer, kind: str, since: datetime, at: datetime
) -> Iterator[tuple[str, datetime]]:
    rows = BehaviorEvent.objects.filter(
        customer=customer, behavior_type=kind, occurred_at__range=(since, at)
    )
    for data, moment in rows.order_by().values_list("data", "occurred_at"):
        if isinstance(data.get("sku"), str):
            yield data["sku"], moment
