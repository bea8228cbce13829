"""A cart to try a price rule with: a product, a customer and a code that fit the rule."""

from datetime import datetime, time
from decimal import Decimal
from math import ceil
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.timezone import make_aware

from core.clock import now
from core.forms.numbers import typed_number
from customers.models import Customer, Product, Store
from customers.models.identity.customer import CustomerKind
from customers.models.shop import DEFAULT_STORE
from price_rules.coupons.uses import with_uses
from price_rules.evaluation import evaluate
from price_rules.models import CartPriceRule, CouponKind

# The products of which one has to fit the conditions of a rule on lines, and the codes of which one
# has to be valid.
PRODUCTS = CODES = 50
ROWS = 2


def cart_for(rule: CartPriceRule, user: User) -> dict[str, str]:
    """Return the fields of the page “Try a cart”, filled for `rule`.

    A customer is only named to a user who may view customers, and a generated code only to a user
    who may view coupons.
    """
    at, as_of = now(), {}
    if rule.starts_on and rule.starts_on > at.date():
        at = make_aware(datetime.combine(rule.starts_on, time(12)))
        as_of = {"as_of": f"{rule.starts_on}T12:00"}
    customer = _customer(rule) if user.has_perm("customers.view_customer") else None
    fields = {
        "store": _store(rule, customer),
        "customer": customer.external_id if customer else "",
        "coupon_code": _code(rule, user, at),
        **as_of,
        "lines-TOTAL_FORMS": str(ROWS),
        "lines-INITIAL_FORMS": "0",
        **{f"lines-{row}-quantity": "1" for row in range(ROWS)},
    }
    if product := _product(rule, fields, at):
        pieces = _pieces(rule)
        if rule.min_subtotal:
            pieces = max(pieces, ceil(rule.min_subtotal / product.price))
        fields |= {"lines-0-sku": product.sku, "lines-0-quantity": str(pieces)}
        # Without zeros at its end.
        fields["lines-0-price"] = typed_number(Decimal(f"{product.price.normalize():f}"))
    return fields


def _product(rule: CartPriceRule, fields: dict[str, str], at: datetime) -> Any:
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
        cart,
        customer=fields["customer"] or None,
        as_of=at,
        rules=[rule.code],
        as_if_active=rule.code,
    )
    fitting = {line.sku for line in found.lines if line.rules}
    return next((one for one in products if one.sku in fitting), products[0])


def _pieces(rule: CartPriceRule) -> int:
    return (rule.buy or 0) + (rule.get or 0) or 1


def _store(rule: CartPriceRule, customer: Customer | None) -> str:
    """Return the code of a store of `rule`: that of `customer`, or one of the same website.

    Elsewhere the customer would not be known.
    """
    stores = Store.objects.order_by("id")
    if rule.websites:
        stores = stores.filter(website__code__in=rule.websites)
    if customer is not None:
        stores = stores.filter(website=customer.website_id)
    own = customer.store_id if customer else None
    found = min(stores, key=lambda one: (one.pk != own, one.pk), default=None)
    return found.code if found else DEFAULT_STORE


def _customer(rule: CartPriceRule) -> Customer | None:
    """Return a customer whom the rule is for; None where it is for everybody."""
    if not (rule.segments or rule.conditions or rule.customer_groups):
        return None
    customers = Customer.objects.filter(kind=CustomerKind.REGISTERED)
    if rule.websites:
        customers = customers.filter(website__code__in=rule.websites)
    if rule.customer_groups:
        customers = customers.filter(group__code__in=rule.customer_groups)
    if rule.segments:
        of_segments = {"memberships__segment__code__in": rule.segments["segments"]}
        is_outside = rule.segments["operator"].startswith("is_not")
        customers = getattr(customers, "exclude" if is_outside else "filter")(**of_segments)
    return customers.order_by("pk").only("external_id", "store", "website").first()


def _code(rule: CartPriceRule, user: User, at: datetime) -> str:
    """Return a code of `rule` that is neither expired nor used up at `at`; "" without one."""
    if rule.coupon == CouponKind.SPECIFIC:
        return rule.coupon_code
    if rule.coupon != CouponKind.GENERATED or not user.has_perm("price_rules.view_coupon"):
        return ""
    codes = rule.coupons.issued().filter(Q(expires_at=None) | Q(expires_at__gt=at), customer=None)
    newest = with_uses(codes, at=at).order_by("-pk")[:CODES]
    return next((one.code for one in newest if not one.uses or one.used < one.uses), "")
