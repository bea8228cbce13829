"""A cart to try a price rule with: a product, a customer and a code that fit the rule."""

from decimal import Decimal
from math import ceil
from typing import Any

from django.contrib.auth.models import User

from core.clock import now
from core.forms.numbers import typed_number
from customers.models import Customer, Product, Store
from customers.models.customer import CustomerKind
from customers.models.shop import DEFAULT_STORE
from price_rules.evaluation import evaluate
from price_rules.models import CartPriceRule, CouponKind

# The products of which one has to fit the conditions of a rule on lines.
PRODUCTS = 50
ROWS = 2


def cart_for(rule: CartPriceRule, user: User) -> dict[str, str]:
    """Return the fields of the page “Try a cart”, filled for `rule`.

    A customer is only named to a user who may view customers, and a generated code only to a user
    who may view coupons.
    """
    stores = Store.objects.order_by("id").values_list("code", flat=True)
    if rule.websites:
        stores = stores.filter(website__code__in=rule.websites)
    fields = {
        "store": next(iter(stores), DEFAULT_STORE),
        "customer": _customer(rule) if user.has_perm("customers.view_customer") else "",
        "coupon_code": _code(rule, user),
        "lines-TOTAL_FORMS": str(ROWS),
        "lines-INITIAL_FORMS": "0",
        **{f"lines-{row}-quantity": "1" for row in range(ROWS)},
    }
    if rule.starts_on and rule.starts_on > now().date():
        fields["as_of"] = f"{rule.starts_on}T12:00"
    if product := _product(rule, fields):
        pieces = _pieces(rule)
        if rule.min_subtotal:
            pieces = max(pieces, ceil(rule.min_subtotal / product.price))
        fields |= {"lines-0-sku": product.sku, "lines-0-quantity": str(pieces)}
        # Without zeros at its end.
        fields["lines-0-price"] = typed_number(Decimal(f"{product.price.normalize():f}"))
    return fields


def _product(rule: CartPriceRule, fields: dict[str, str]) -> Any:
    products = list(Product.objects.filter(price__gt=0).order_by("pk")[:PRODUCTS])
    if not (rule.items and products):
        return next(iter(products), None)
    cart = {
        "store": fields["store"],
        "coupon_code": fields["coupon_code"],
        "items": [
            {"sku": one.sku, "quantity": _pieces(rule), "price": one.price} for one in products
        ],
    }
    found = evaluate(
        cart, customer=fields["customer"] or None, rules=[rule.code], as_if_active=rule.code
    )
    fitting = {line.sku for line in found.lines if line.rules}
    return next((one for one in products if one.sku in fitting), products[0])


def _pieces(rule: CartPriceRule) -> int:
    return (rule.buy or 0) + (rule.get or 0) or 1


def _customer(rule: CartPriceRule) -> str:
    """Return the number of a customer whom the rule is for; "" where it is for everybody."""
    if not (rule.segments or rule.conditions or rule.customer_groups):
        return ""
    customers = Customer.objects.filter(kind=CustomerKind.REGISTERED)
    if rule.customer_groups:
        customers = customers.filter(group__code__in=rule.customer_groups)
    if rule.segments:
        of_segments = {"memberships__segment__code__in": rule.segments["segments"]}
        is_outside = rule.segments["operator"].startswith("is_not")
        customers = getattr(customers, "exclude" if is_outside else "filter")(**of_segments)
    return customers.order_by("pk").values_list("external_id", flat=True).first() or ""


def _code(rule: CartPriceRule, user: User) -> str:
    if rule.coupon == CouponKind.SPECIFIC:
        return rule.coupon_code
    if rule.coupon != CouponKind.GENERATED or not user.has_perm("price_rules.view_coupon"):
        return ""
    codes = rule.coupons.issued().filter(customer=None).order_by("-pk")
    return codes.values_list("code", flat=True).first() or ""
