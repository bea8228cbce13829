"""A few customers whose figures are known, and what is asked of them in two ways."""

from datetime import UTC, datetime
from decimal import Decimal

from conditions.evaluator.facts import facts_of
from conditions.matching import matching_customers
from conditions.parse import parse_tree
from customers.models import (
    Customer,
    CustomerGroup,
    Order,
    OrderItem,
    Product,
    Refund,
    Store,
    Website,
)

AS_OF = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def customer(name, **values):
    return Customer.objects.create(
        external_id=name,
        website=Website.objects.get(code="default"),
        store=Store.objects.get(),
        group=CustomerGroup.objects.get(),
        **values,
    )


def order(customer, state, total, at, *lines, **values):
    """Store an order with lines of (SKU, quantity, type, whether it is part of the line before)."""
    made = Order.objects.create(
        number=str(Order.objects.count()),
        customer=customer,
        store=customer.store,
        state=state,
        grand_total=Decimal(total),
        **{"created_at": utc(at), "updated_at": utc(at)} | values,
    )
    before = None
    for number, (sku, quantity, product_type, is_part) in enumerate(lines):
        product, _ = Product.objects.get_or_create(sku=sku, defaults={"name": sku})
        before = OrderItem.objects.create(
            order=made,
            line=str(number),
            parent=before if is_part else None,
            product=product,
            sku=sku,
            product_type=product_type,
            quantity=Decimal(quantity),
        )
    return made


def refund(customer, order, amount):
    Refund.objects.create(
        number=str(Refund.objects.count()),
        customer=customer,
        order=order,
        created_at=AS_OF,
        amount=Decimal(amount),
    )


def both(node, root=None):
    """Return who matches by query and who by evaluator."""
    root = root or parse_tree({"match": "all", "conditions": [node]})
    found = matching_customers(root, as_of=AS_OF)
    people = Customer.objects.select_related("website", "store", "group", "wishlist")
    facts = facts_of(list(people), AS_OF)
    return [
        set(found.values_list("external_id", flat=True)),
        {one.customer.external_id for one in facts if root.evaluate(one.customer, one).holds},
    ]


def check(expectations):
    wrong = [
        (node, sorted(found ^ expected))
        for node, expected in expectations
        for found in both(node)
        if found != expected
    ]
    assert not wrong


def condition(attribute, operator, *value):
    return {"attribute": attribute, "operator": operator, **({"value": value[0]} if value else {})}
