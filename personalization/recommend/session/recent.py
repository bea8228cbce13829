"""The products that a customer showed interest in within the last 24 hours, from stored rows."""

from collections.abc import Iterator
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
    newest: dict[str, datetime] = {}
    for sku, moment in _interest(customer, since, at):
        newest[sku] = max(moment, newest.get(sku, moment))
    if not newest:
        return ()
    gone: dict[str, datetime] = {}
    for sku, moment in _removed_or_bought(customer, since, at):
        gone[sku] = max(moment, gone.get(sku, moment))
    left = [sku for sku, moment in newest.items() if sku not in gone or gone[sku] < moment]
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


def _removed_or_bought(
    customer: Customer, since: datetime, at: datetime
) -> Iterator[tuple[str, datetime]]:
    yield from _behaviors(customer, CART_REMOVED, since, at)
    own = lines_before(at, since, with_refusing=True).filter(order__customer=customer)
    yield from own.order_by().values_list("sku", "order__created_at")


def _behaviors(
    customer: Customer, kind: str, since: datetime, at: datetime
) -> Iterator[tuple[str, datetime]]:
    rows = BehaviorEvent.objects.filter(
        customer=customer, behavior_type=kind, occurred_at__range=(since, at)
    )
    for data, moment in rows.order_by().values_list("data", "occurred_at"):
        if isinstance(data.get("sku"), str):
            yield data["sku"], moment
