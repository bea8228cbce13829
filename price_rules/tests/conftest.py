"""Rules, segments and clients for this app's tests."""

import pytest

from price_rules.resource import PRICE_RULES


@pytest.fixture
def make_rule(db):
    """Return a function that stores a rule through the normal way in: ten percent off."""

    def make(code="r1", **values):
        if "action" not in values:
            values = {"action": "percent", "value": 10} | values
        for name in ("starts_on", "ends_on"):
            if values.get(name) is not None:
                values[name] = str(values[name])
        return PRICE_RULES.create({"code": code, "name": code, **values}, author=None).row

    return make


@pytest.fixture
def till(client_with):
    """Somebody who may do everything about price rules."""
    rights = ("view", "add", "change", "delete")
    return client_with(
        *(f"price_rules.{right}_cartpricerule" for right in rights),
        *("price_rules.view_coupon", "price_rules.evaluate"),
        *("price_rules.generate_coupons", "price_rules.redeem_coupon"),
    )


def items(*lines):
    """Return the items of a cart: of each line SKU, quantity and price."""
    return [{"sku": sku, "quantity": count, "price": price} for sku, count, price in lines]
