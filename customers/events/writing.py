"""Writes the changes of a batch of events in a few statements, however many events there are."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.db.models import Max

from core.database.fields import FoldedTextField
from customers.events.shop import Shop
from customers.events.values import as_stored
from customers.imports.staging.cells import Value
from customers.imports.staging.staging_tables import StoredAttribute
from customers.imports.tables import CUSTOMERS, PRODUCTS, Table
from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Customer,
    CustomerTag,
    NewsletterSubscription,
    Order,
    OrderItem,
    Product,
    ProductCategory,
    ProductView,
    Refund,
    RefundItem,
    Wishlist,
    WishlistItem,
)

# The models in the order of their references, each with its unique key and its child models.
WRITTEN: Sequence[tuple[type[Any], tuple[str, ...], Sequence[tuple[type[Any], str]]]] = (
    (Customer, ("external_id",), ((CustomerTag, "customer"), (Address, "customer"))),
    (Product, ("sku",), ((ProductCategory, "product"),)),
    (Order, ("number",), ((OrderItem, "order"),)),
    (Refund, ("number",), ((RefundItem, "refund"),)),
    (Cart, ("external_id",), ((CartItem, "cart"), (AppliedRule, "cart"))),
    (Wishlist, ("customer",), ((WishlistItem, "wishlist"),)),
    (NewsletterSubscription, ("customer", "store"), ()),
)


def write(shop: Shop) -> None:
    """Write all changed rows of `shop`."""
    if shop.gone_carts:
        Cart.objects.filter(pk__in=shop.gone_carts).delete()
    for model, key, hanging in WRITTEN:
        rows = shop.changed[model]
        if rows:
            _upsert(model, key, list(rows.values()))
        for other, owner in hanging:
            _replace(other, owner, shop.hanging[other].values())
    _write_attributes(CUSTOMERS, "customer", shop.attributes[CUSTOMERS], shop.customers)
    _write_attributes(PRODUCTS, "product", shop.attributes[PRODUCTS], shop.products)
    _add(shop.logins, ("customer_id", "logged_in_at"))
    _add(shop.views, ("customer_id", "product_id", "viewed_at"))


def _upsert(model: type[Any], key: Sequence[str], rows: list[Any]) -> None:
    columns = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key
        and field.name not in key
        # A folded column is updated with the column that it copies.
        and not isinstance(field, FoldedTextField)
    ]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=list(key), update_fields=columns
    )


def _replace(model: type[Any], owner: str, given: Iterable[tuple[Any, list[Any]]]) -> None:
    """Replace the child rows of each owner by these rows."""
    pairs = list(given)
    if not pairs:
        return
    stored = model._default_manager.filter(**{f"{owner}__in": [one.pk for one, _rows in pairs]})
    # Only rows of the same table refer to these rows.
    stored._raw_delete(stored.db)
    rows = [row for _one, rows in pairs for row in rows]
    while rows:
        # Parents come before the rows that refer to them.
        ready = [row for row in rows if not _waits(row)]
        model._default_manager.bulk_create(ready)
        rows = [row for row in rows if row.pk is None]


def _waits(row: Any) -> bool:
    parent = getattr(row, "parent", None)
    return parent is not None and parent.pk is None


def _write_attributes(
    table: Table,
    owner: str,
    given: dict[str, dict[StoredAttribute, Value]],
    owners: dict[str, Any],
) -> None:
    """Store the values of custom attributes; one without a value has no row."""
    assert table.attributes is not None
    model = table.attributes.value
    by_definition: dict[StoredAttribute, dict[int, Value]] = {}
    for number, values in given.items():
        for definition, value in values.items():
            by_definition.setdefault(definition, {})[owners[number].pk] = value
    for definition, values_of in by_definition.items():
        empty = [pk for pk, value in values_of.items() if value is None]
        if empty:
            model._default_manager.filter(
                **{f"{owner}__in": empty, "attribute": definition.id}
            ).delete()
        target: models.Field[Any, Any] = model._meta.get_field(definition.type)  # type: ignore[assignment]
        model._default_manager.bulk_create(
            [
                model(
                    **{
                        f"{owner}_id": pk,
                        "attribute_id": definition.id,
                        definition.type: as_stored(target, value),
                    }
                )
                for pk, value in values_of.items()
                if value is not None
            ],
            update_conflicts=True,
            unique_fields=[owner, "attribute"],
            update_fields=[definition.type],
        )


def _add(rows: list[Any], names: Sequence[str]) -> None:
    """Store events of customers; those that look the same are numbered on."""
    if not rows:
        return
    model = type(rows[0])
    for row in rows:
        row.customer_id = row.customer.pk
        if isinstance(row, ProductView):
            row.product_id = row.product.pk
    asked = {name: {getattr(row, name) for row in rows} for name in names}
    known = model._default_manager.filter(**{f"{name}__in": one for name, one in asked.items()})
    latest = {
        tuple(key): highest
        for *key, highest in known.values_list(*names).annotate(Max("occurrence"))
    }
    for row in rows:
        key = tuple(getattr(row, name) for name in names)
        row.occurrence = latest[key] = latest.get(key, 0) + 1
    model._default_manager.bulk_create(rows)
