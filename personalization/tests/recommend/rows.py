"""Small shops of which every score can be reckoned by hand."""

from datetime import UTC, datetime, timedelta
from itertools import count

from customers.models import (
    Category,
    Customer,
    Order,
    OrderItem,
    Product,
    ProductAttribute,
    ProductAttributeValue,
    ProductCategory,
)
from customers.tests.rows import a_customer

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers = count()


def product(sku, *categories, price=10, **attributes):
    """Return a product, in categories by their codes, with numbers as attributes."""
    made = Product.objects.get_or_create(sku=sku, defaults={"name": f"The {sku}", "price": price})[
        0
    ]
    for code in categories:
        category, _new = Category.objects.get_or_create(code=code, defaults={"name": code})
        ProductCategory.objects.get_or_create(product=made, category=category)
    for code, value in attributes.items():
        column = "text" if isinstance(value, str) else "number"
        attribute, _new = ProductAttribute.objects.get_or_create(
            code=code, defaults={"label": code, "type": column}
        )
        ProductAttributeValue.objects.create(product=made, attribute=attribute, **{column: value})
    return made


def customer(number):
    """Return the customer of this number."""
    return Customer.objects.filter(external_id=number).first() or a_customer(number)


def bought(number, *skus, ago=1, at=None, state="complete", **line):
    """Store an order of a customer (None: of nobody known) with a line for each SKU."""
    buyer = customer(number) if number else None
    when = at or AT - ago * DAY
    order = Order.objects.create(
        number=f"made {next(_numbers)}",
        customer=buyer,
        store=(buyer or customer("somebody")).store,
        state=state,
        created_at=when,
        updated_at=when,
        grand_total=10,
    )
    for place, sku in enumerate(skus):
        OrderItem.objects.create(
            order=order,
            line=str(place),
            product=product(sku),
            sku=sku,
            **{"quantity": 1, "product_type": "simple"} | line,
        )
    return order
