"""One row of each kind that a customer may have."""

from datetime import UTC, datetime

from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Consent,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    CustomerMerge,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductView,
    Refund,
    RefundItem,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def a_customer(number: str, **values: object) -> Customer:
    """Return a new customer of the first website."""
    return Customer.objects.create(
        external_id=number,
        website=Website.objects.get(code="default"),
        store=Store.objects.get(code="default"),
        group=CustomerGroup.objects.get(code="general"),
        **values,
    )


def a_product(sku: str = "SKU") -> Product:
    """Return the product of this SKU."""
    return Product.objects.get_or_create(sku=sku, defaults={"name": sku})[0]


def an_order(customer: Customer | None, number: str = "", **values: object) -> Order:
    """Return a new order."""
    number = number or f"O{Order.objects.count()}"
    return Order.objects.create(
        number=number,
        customer=customer,
        store=Store.objects.get(code="default"),
        **{"state": "complete", "created_at": AT, "updated_at": AT, "grand_total": 10} | values,
    )


def a_line(order: Order, line: str = "1", sku: str = "SKU", **values: object) -> OrderItem:
    """Return a new line of an order."""
    return OrderItem.objects.create(
        order=order, line=line, product=a_product(sku), sku=sku, **{"quantity": 1} | values
    )


def a_refund(customer: Customer | None, order: Order | None = None, **values: object) -> Refund:
    """Return a new refund."""
    return Refund.objects.create(
        number=f"R{Refund.objects.count()}",
        customer=customer,
        order=order,
        **{"created_at": AT, "amount": 1} | values,
    )


def a_cart(customer: Customer | None) -> Cart:
    """Return a new cart."""
    return Cart.objects.create(
        external_id=f"C{Cart.objects.count()}",
        customer=customer,
        store=Store.objects.get(code="default"),
        created_at=AT,
        updated_at=AT,
    )


def _refund_item(customer: Customer) -> RefundItem:
    return RefundItem.objects.create(
        refund=a_refund(customer),
        line="1",
        product=a_product(),
        sku="SKU",
        quantity=1,
        row_total=1,
    )


def _cart_item(customer: Customer) -> CartItem:
    return CartItem.objects.create(
        cart=a_cart(customer),
        line="1",
        product=a_product(),
        sku="SKU",
        quantity=1,
        added_at=AT,
        updated_at=AT,
    )


def _attribute_value(customer: Customer) -> CustomerAttributeValue:
    shoe, _new = CustomerAttribute.objects.get_or_create(
        code="shoe", defaults={"label": "Shoe", "type": "number"}
    )
    return CustomerAttributeValue.objects.create(customer=customer, attribute=shoe, number=42)


# For each model: a new row of a customer's, and another value for one of its columns.
ROWS = {
    Address: (lambda c: Address.objects.create(customer=c, city="Ulm"), {"city": "Bonn"}),
    AppliedRule: (
        lambda c: AppliedRule.objects.create(cart=a_cart(c), rule="r"),
        {"rule": "other"},
    ),
    Cart: (a_cart, {"is_active": False}),
    CartItem: (_cart_item, {"quantity": 2}),
    Consent: (
        lambda c: Consent.objects.create(
            customer=c, purpose="tracking", state="granted", source="test", at=AT
        ),
        {"state": "refused"},
    ),
    CustomerAttributeValue: (_attribute_value, {"number": 43}),
    CustomerMerge: (
        lambda c: CustomerMerge.objects.create(customer=c, guest_external_id="g", at=AT),
        {"guest_external_id": "h"},
    ),
    CustomerTag: (lambda c: CustomerTag.objects.create(customer=c, tag="t"), {"tag": "u"}),
    Login: (lambda c: Login.objects.create(customer=c, logged_in_at=AT), {"occurrence": 2}),
    NewsletterSubscription: (
        lambda c: NewsletterSubscription.objects.create(
            customer=c,
            store=Store.objects.get(code="default"),
            status="subscribed",
            status_changed_at=AT,
        ),
        {"status": "unsubscribed"},
    ),
    Order: (an_order, {"state": "canceled"}),
    OrderItem: (lambda c: a_line(an_order(c)), {"quantity": 2}),
    ProductView: (
        lambda c: ProductView.objects.create(customer=c, product=a_product(), viewed_at=AT),
        {"occurrence": 2},
    ),
    Refund: (a_refund, {"amount": 2}),
    RefundItem: (_refund_item, {"quantity": 2}),
    Wishlist: (lambda c: Wishlist.objects.create(customer=c), {"is_shared": True}),
    WishlistItem: (
        lambda c: WishlistItem.objects.create(
            wishlist=Wishlist.objects.create(customer=c), product=a_product(), added_at=AT
        ),
        {"added_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ),
}
