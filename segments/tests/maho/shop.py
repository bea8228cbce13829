"""A shop of four customers for the members of imported segments.

Whatever can be many has two rows, A and B: "anna" has A, "bob" has B, "both" has both, "nobody"
has none. What a customer has once is A for "anna", B for "bob" and "both", missing for "nobody".
"""

from datetime import UTC, date, datetime, timedelta

from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Category,
    Customer,
    CustomerAttribute,
    CustomerAttributeValue,
    CustomerGroup,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
    ProductView,
    Refund,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
AGES = {"A": 10, "B": 20}  # days before NOW at which everything of a row happened
ROWS = {"anna": "A", "bob": "B", "both": "AB", "nobody": ""}
ADDRESSES = {
    "A": ("Ann", "Alm", "Acme", "Allee 1", "Aachen", "Bavaria", "10000", "AT", "0100"),
    "B": ("Ben", "Bart", "Bolt", "Bahnhof 2", "Bonn", "Saxony", "20000", "DE", "0200"),
}
ADDRESS_COLUMNS = [
    *("first_name", "last_name", "company", "street", "city"),
    *("region", "postcode", "country", "telephone"),
]


def days_ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def open_shop() -> None:
    """Store the shop and its four customers."""
    website = Website.objects.get(code="default")
    Store.objects.create(code="second", name="Second", website=website)
    CustomerGroup.objects.create(code="vip", name="VIP")
    CustomerAttribute.objects.create(code="size", label="Size", type="number")
    fabric = ProductAttribute.objects.create(code="fabric", label="Fabric", type="text")
    for row, sku, name, type_, category, cloth in (
        ("A", "S-1", "Shoe", "simple", "shoes", "wool"),
        ("B", "H-1", "Hat", "virtual", "hats", "linen"),
    ):
        product = Product.objects.create(sku=sku, name=name, product_type=type_)
        ProductCategory.objects.create(
            product=product, category=Category.objects.create(code=category, name=row)
        )
        ProductAttributeValue.objects.create(product=product, attribute=fabric, text=cloth)
    for name, rows in ROWS.items():
        _move_in(name, rows)


def _move_in(name: str, rows: str) -> None:
    customer = Customer.objects.create(
        external_id=name,
        group=CustomerGroup.objects.get(code="vip" if rows == "A" else "general"),
        website=Website.objects.get(code="default"),
        store=Store.objects.get(code="second" if rows == "A" else "default"),
    )
    if rows:
        _introduce(customer, rows == "A")
    if "B" in rows:
        _cart(customer, f"{name}-expired", is_active=False, days=1)
    for row in rows:
        _hang_on(customer, row)


def _introduce(customer: Customer, is_anna: bool) -> None:
    customer.email = "a@example.com" if is_anna else "b@example.org"
    customer.first_name, customer.last_name = ("Ann", "Alm") if is_anna else ("Ben", "Bart")
    customer.gender = "female" if is_anna else "male"
    customer.date_of_birth = date(1990, 6, 25) if is_anna else date(1990, 7, 5)
    customer.registered_at = days_ago(5 if is_anna else 50)
    customer.save()
    Login.objects.create(customer=customer, logged_in_at=days_ago(3 if is_anna else 7))
    Wishlist.objects.create(customer=customer, is_shared=is_anna)
    CustomerAttributeValue.objects.create(
        customer=customer,
        attribute=CustomerAttribute.objects.get(),
        number=38 if is_anna else 44,
    )


def _hang_on(customer: Customer, row: str) -> None:
    is_a, at = row == "A", days_ago(AGES[row])
    store = Store.objects.get(code="default" if is_a else "second")
    product = Product.objects.get(sku="S-1" if is_a else "H-1")
    line = {"product": product, "sku": product.sku, "name": product.name, "line": "1"}
    line |= {"product_type": product.product_type, "quantity": 1 if is_a else 2}
    Address.objects.create(
        customer=customer, **dict(zip(ADDRESS_COLUMNS, ADDRESSES[row], strict=True))
    )
    NewsletterSubscription.objects.create(
        customer=customer,
        store=store,
        status="subscribed" if is_a else "unsubscribed",
        status_changed_at=at,
    )
    _order(customer, row, store, line)
    cart = _cart(customer, f"{customer.external_id}-{row}", is_active=True, days=AGES[row])
    cart.store, cart.coupon_code = store, f"CART-{row}"
    cart.items_count, cart.items_quantity = (1, 1) if is_a else (3, 2)
    cart.subtotal, cart.grand_total = (90, 100) if is_a else (30, 40)
    cart.save()
    AppliedRule.objects.create(cart=cart, rule="spring" if is_a else "summer")
    CartItem.objects.create(
        cart=cart,
        **line,
        price=100 if is_a else 20,
        row_total=100 if is_a else 40,
        added_at=at,
        updated_at=at + timedelta(days=1),
    )
    ProductView.objects.create(customer=customer, product=product, viewed_at=at)
    WishlistItem.objects.create(wishlist=customer.wishlist, product=product, added_at=at)


def _order(customer: Customer, row: str, store: Store, line: dict[str, object]) -> None:
    is_a, at = row == "A", days_ago(AGES[row])
    order = Order.objects.create(
        number=f"{customer.external_id}-{row}",
        customer=customer,
        store=store,
        state="complete",
        status="shipped" if is_a else "paid",
        created_at=at,
        updated_at=at + timedelta(days=1),
        currency="EUR" if is_a else "USD",
        payment_method="card" if is_a else "cash",
        shipping_method="post" if is_a else "pickup",
        coupon_code=f"CODE-{row}",
        total_quantity=1 if is_a else 2,
        subtotal=90 if is_a else 30,
        tax_amount=8 if is_a else 3,
        shipping_amount=7 if is_a else 8,
        discount_amount=5 if is_a else 1,
        grand_total=100 if is_a else 40,
    )
    OrderItem.objects.create(
        order=order,
        **line,
        row_total=90 if is_a else 30,
        row_total_incl_tax=98 if is_a else 33,
        discount_amount=5 if is_a else 1,
    )
    if customer.external_id == "anna":
        Refund.objects.create(number="R1", order=order, customer=customer, created_at=at, amount=10)


def _cart(customer: Customer, number: str, *, is_active: bool, days: int) -> Cart:
    return Cart.objects.create(
        external_id=number,
        customer=customer,
        store=Store.objects.get(code="default"),
        is_active=is_active,
        created_at=days_ago(days),
        updated_at=days_ago(days - 1),
    )
