"""Converts an Oscar basket and its owner to what Tranche's API takes."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def cart_of(basket: Any) -> dict[str, Any]:
    """Return a basket as a cart: lines with SKU, pieces and price, and the first voucher's code.

    Prices are the shop's own, in the currency of the basket. `settings.TRANCHE_STORE` names the
    store; without it, it is the default one.
    """
    cart: dict[str, Any] = {"items": [_item(line) for line in basket.all_lines()]}
    if store := getattr(settings, "TRANCHE_STORE", ""):
        cart["store"] = store
    if basket.pk and (voucher := basket.vouchers.first()):
        cart["coupon_code"] = voucher.code
    return cart


def customer_of(user: Any) -> str | None:
    """Return the customer number of `user` in Tranche; None for a user who is not logged in.

    `settings.TRANCHE_CUSTOMER_OF` may name a function that replaces the default, the user's key.
    """
    if user is None or not user.is_authenticated:
        return None
    named = getattr(settings, "TRANCHE_CUSTOMER_OF", "")
    return import_string(named)(user) if named else str(user.pk)


def _item(line: Any) -> dict[str, Any]:
    record = line.stockrecord
    sku = (record and record.partner_sku) or line.product.upc or str(line.product_id)
    item = {"sku": str(sku), "name": str(line.product.get_title()), "quantity": line.quantity}
    price = line.purchase_info.price
    amount = price.effective_price if price.exists else None
    if amount is not None:
        item["price"] = str(Decimal(amount).quantize(Decimal("0.0001"), ROUND_HALF_UP))
    return item
