"""Small awkward shops, the same for the same seed: nulls, ties, time zones, odd texts, guests."""

import random
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from conditions.tests.examples.awkward_values import (
    AMOUNTS,
    DATES,
    EMAILS,
    STORED,
    TEXTS,
    ZONES,
)
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
    CustomerTag,
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
    RefundItem,
    Store,
    Website,
    Wishlist,
    WishlistItem,
)


@dataclass
class Shop:
    """Rows by model, each with its id, so that every database gets the same."""

    rows: dict[type[models.Model], list[Any]] = field(default_factory=dict)

    def add(self, row: Any) -> Any:
        rows = self.rows.setdefault(type(row), [])
        row.pk = 1_000_000 + len(rows)
        rows.append(row)
        return row

    def store(self, database: str = "default") -> None:
        """Write all rows to `database`."""
        for model, rows in self.rows.items():
            model._default_manager.using(database).bulk_create(rows)


def awkward_shop(seed: int, customers: int = 40) -> Shop:
    """Return a shop of about `customers` customers."""
    rng = random.Random(seed)
    shop = Shop()
    pick = rng.choice
    websites = [
        shop.add(Website(code=f"site{n}", name=f"Site {n}", timezone=zone))
        for n, zone in enumerate(ZONES)
    ]
    stores = [
        shop.add(Store(code=f"store{n}", name=f"Store {n}", website=pick(websites)))
        for n in range(4)
    ]
    groups = [shop.add(CustomerGroup(code=f"group{n}", name=f"Group {n}")) for n in range(3)]
    categories: list[Category] = []
    for n in range(6):
        parent = pick([None, *categories]) if categories else None
        categories.append(shop.add(Category(code=f"cat{n}", name=f"Cat {n}", parent=parent)))
    attribute_types = ["text", "number", "date", "choice", "boolean"]
    own = [
        shop.add(CustomerAttribute(code=f"c_{t}", label=f"C {t}", type=t, options=["x", "y"]))
        for t in attribute_types
    ]
    product_own = [
        shop.add(ProductAttribute(code=f"p_{t}", label=f"P {t}", type=t, options=["x", "y"]))
        for t in attribute_types
    ]

    def value_of(attribute: Any) -> dict[str, Any]:
        values: dict[str, list[Any]] = {
            "text": TEXTS,
            "number": [None, *AMOUNTS],
            "date": DATES,
            "choice": ["x", "y", None, ""],
            "boolean": [True, False, None],
        }
        return {attribute.type: pick(values[attribute.type])}

    products = []
    for n, sku in enumerate(["SKU-1", "sku-1", "100%", "a_b", "Ä", "ß"]):
        product = shop.add(
            Product(
                sku=sku,
                name=pick(TEXTS) or "n",
                product_type="simple",
                price=pick([None, *AMOUNTS]),
            )
        )
        products.append(product)
        for category in rng.sample(categories, rng.randrange(3)):
            shop.add(ProductCategory(product=product, category=category))
        for attribute in product_own:
            if n and rng.random() < 0.6:
                shop.add(
                    ProductAttributeValue(
                        product=product, attribute=attribute, **value_of(attribute)
                    )
                )
    people: list[Customer] = []
    for n in range(customers):
        person = shop.add(
            Customer(
                external_id=f"{pick(['C', 'c', 'Ö'])}{n}",
                kind=pick(["registered", "registered", "guest"]),
                email=pick(EMAILS),
                first_name=pick(TEXTS),
                last_name=pick(TEXTS),
                gender=pick(["", None, "male", "female"]),
                date_of_birth=pick(DATES),
                group=pick(groups),
                website=pick(websites),
                store=pick(stores),
                registered_at=pick([None, *STORED]),
                is_active=rng.random() < 0.9,
                accepts_marketing=pick([True, False, None]),
            )
        )
        people.append(person)
        for tag in rng.sample(["vip", "new", "VIP"], rng.randrange(4)):
            shop.add(CustomerTag(customer=person, tag=tag))
        for attribute in own:
            if rng.random() < 0.6:
                shop.add(
                    CustomerAttributeValue(
                        customer=person, attribute=attribute, **value_of(attribute)
                    )
                )
        for _ in range(rng.randrange(3)):
            shop.add(_address(rng, person))
        for occurrence in range(rng.randrange(3)):
            shop.add(Login(customer=person, logged_in_at=pick(STORED), occurrence=occurrence + 1))
        for store in rng.sample(stores, rng.randrange(3)):
            shop.add(
                NewsletterSubscription(
                    customer=person,
                    store=store,
                    status=pick(["subscribed", "unsubscribed"]),
                    status_changed_at=pick(STORED),
                )
            )
        for occurrence in range(rng.randrange(4)):
            shop.add(
                ProductView(
                    customer=person,
                    product=pick(products),
                    viewed_at=pick(STORED),
                    occurrence=occurrence + 1,
                )
            )
        if rng.random() < 0.5:
            wishlist = shop.add(Wishlist(customer=person, is_shared=rng.random() < 0.5))
            for product in rng.sample(products, rng.randrange(3)):
                shop.add(WishlistItem(wishlist=wishlist, product=product, added_at=pick(STORED)))
        _buy(rng, shop, person, stores, products)
    _buy(rng, shop, None, stores, products)
    for refund in shop.rows.get(Refund, []):
        # Whatever is written: a refund of an order is its customer's.
        if refund.order and rng.random() < 0.5:
            refund.customer = pick([None, *people])
    return shop


def _address(rng: random.Random, person: Customer) -> Address:
    texts = "first_name last_name company street city region region_code postcode country telephone"
    return Address(
        customer=person,
        is_default_billing=rng.random() < 0.5,
        is_default_shipping=rng.random() < 0.5,
        **{name: rng.choice(TEXTS) for name in texts.split()},
    )


def _buy(
    rng: random.Random,
    shop: Shop,
    person: Customer | None,
    stores: list[Store],
    products: list[Product],
) -> None:
    pick = rng.choice
    orders = []
    states = ["complete", "complete", "processing", "closed", "canceled", "new"]
    for _ in range(pick([0, 0, 1, 1, 2, 3, 5])):
        order = shop.add(
            Order(
                number=f"N{len(shop.rows.get(Order, []))}",
                customer=person,
                store=pick(stores),
                state=pick(states),
                status=pick(["", None, "complete", "odd"]),
                created_at=pick(STORED),
                updated_at=pick(STORED),
                currency=pick(["", "EUR", "USD"]),
                total_quantity=pick(AMOUNTS),
                lines_count=rng.randrange(4),
                subtotal=pick([None, *AMOUNTS]),
                tax_amount=pick([None, *AMOUNTS]),
                shipping_amount=pick([None, *AMOUNTS]),
                discount_amount=pick([None, *AMOUNTS]),
                grand_total=pick(AMOUNTS),
                payment_method=pick(["", None, "card"]),
                shipping_method=pick(TEXTS),
                coupon_code=pick(TEXTS),
                **{
                    f"{side}_{part}": pick(TEXTS)
                    for side in ("shipping", "billing")
                    for part in ("country", "region", "city", "postcode")
                },
            )
        )
        orders.append(order)
        top: list[OrderItem] = []
        for line in range(rng.randrange(4)):
            product = pick(products)
            item = shop.add(
                OrderItem(
                    order=order,
                    line=str(line),
                    parent=pick([None, *top]),
                    product=product,
                    sku=product.sku,
                    name=pick(TEXTS),
                    product_type=pick(["simple", "service", "", None]),
                    quantity=pick(AMOUNTS),
                    price=pick([None, *AMOUNTS]),
                    row_total=pick([None, *AMOUNTS]),
                    row_total_incl_tax=pick([None, *AMOUNTS]),
                    discount_amount=pick([None, *AMOUNTS]),
                )
            )
            top.append(item)
    for _ in range(pick([0, 0, 1, 2])):
        refund = shop.add(
            Refund(
                number=f"R{len(shop.rows.get(Refund, []))}",
                order=pick([None, *orders]),
                customer=person,
                created_at=pick(STORED),
                amount=pick(AMOUNTS),
            )
        )
        for line in range(rng.randrange(3)):
            product = pick(products)
            shop.add(
                RefundItem(
                    refund=refund,
                    line=str(line),
                    product=product,
                    sku=product.sku,
                    name=pick(TEXTS),
                    product_type=pick(["simple", "", None]),
                    quantity=pick(AMOUNTS),
                    row_total=pick(AMOUNTS),
                )
            )
    for _ in range(pick([0, 0, 1, 2])):
        cart = shop.add(
            Cart(
                external_id=f"K{len(shop.rows.get(Cart, []))}",
                customer=person,
                store=pick(stores),
                is_active=rng.random() < 0.6,
                created_at=pick(STORED),
                updated_at=pick(STORED),
                items_count=rng.randrange(3),
                items_quantity=pick(AMOUNTS),
                subtotal=pick([None, *AMOUNTS]),
                grand_total=pick([None, *AMOUNTS]),
                coupon_code=pick(TEXTS),
            )
        )
        for rule in rng.sample(["10off", "free"], rng.randrange(3)):
            shop.add(AppliedRule(cart=cart, rule=rule))
        lines: list[CartItem] = []
        for line in range(rng.randrange(3)):
            product = pick(products)
            lines.append(
                shop.add(
                    CartItem(
                        cart=cart,
                        line=str(line),
                        parent=pick([None, None, *lines]),
                        product=product,
                        sku=product.sku,
                        name=pick(TEXTS),
                        product_type=pick(["simple", ""]),
                        quantity=pick(AMOUNTS),
                        price=pick([None, *AMOUNTS]),
                        row_total=pick([None, *AMOUNTS]),
                        added_at=pick(STORED),
                        updated_at=pick(STORED),
                    )
                )
            )
