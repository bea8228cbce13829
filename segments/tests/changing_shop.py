"""Changes to an awkward shop, by every way of writing: what a shop does between two moments."""

import random
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError, RestrictedError

from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Category,
    Customer,
    CustomerAttributeValue,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    ProductCategory,
    ProductView,
    Refund,
    RefundItem,
    Website,
    Wishlist,
    WishlistItem,
)

CHANGED: list[type[models.Model]] = [
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Customer,
    CustomerAttributeValue,
    CustomerTag,
    Login,
    NewsletterSubscription,
    Order,
    OrderItem,
    ProductCategory,
    ProductView,
    Refund,
    RefundItem,
    Wishlist,
    WishlistItem,
]
_numbers = count(5_000)


def change(rng: random.Random, at: datetime) -> str:
    """Do one thing to the shop at the time `at`, and return what it was."""
    ways = [_take_over, _take_over, _shift, _shift, _shift, _copy, _delete, _by_hand, _everybody]
    ways += [_give_away, _give_away]
    way = rng.choice(ways)
    try:
        with transaction.atomic():
            return way(rng, at)
    except (IntegrityError, ProtectedError, RestrictedError) as error:
        return f"{way.__name__} refused: {type(error).__name__}"


def _take_over(rng: random.Random, at: datetime) -> str:
    """Give a row the values of another one, its customer included."""
    model, row, other = _two_rows(rng)
    if row is None:
        return "nothing to take over"
    names = [field.attname for field in _plain_fields(model)]
    values = {name: getattr(other, name) for name in rng.sample(names, rng.randint(1, len(names)))}
    rows = model._default_manager.filter(pk=row.pk)
    if rng.random() < 0.5:
        rows.update(**values)
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
    return f"{model.__name__} {row.pk}: {values}"


def _give_away(rng: random.Random, at: datetime) -> str:
    """Give an order or a refund to somebody, or a refund to an order, by model or past it."""
    model, name, target = rng.choice(
        [(Order, "customer", Customer), (Refund, "customer", Customer), (Refund, "order", Order)]
    )
    row, other = _any_row(rng, model), _any_row(rng, target)
    if row is None:
        return "nothing to give away"
    pk = None if other is None or rng.random() < 0.2 else other.pk
    column = f"{name}_id"
    way = rng.choice(["save", "update", "by hand"])
    if way == "save":
        setattr(row, column, pk)
        row.save()
    elif way == "update":
        model._default_manager.filter(pk=row.pk).update(**{column: pk})
    else:
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [pk, row.pk])
    return f"{model.__name__} {row.pk}: {column} {pk} ({way})"


def _shift(rng: random.Random, at: datetime) -> str:
    """Put an instant near the bounds of conditions: just now, a day, 30 days, an hour ago."""
    model = rng.choice([m for m in CHANGED if _instants(m)])
    row = _any_row(rng, model)
    if row is None:
        return "nothing to shift"
    ago = rng.choice([0, 1, 60, 3_599, 3_601, 86_400, 7 * 86_400, 30 * 86_400, 31 * 86_400, -7_200])
    name = rng.choice(_instants(model))
    instant = at - timedelta(seconds=ago)
    model._default_manager.filter(pk=row.pk).update(**{name: instant})
    return f"{model.__name__} {row.pk}: {name} {instant}"


def _copy(rng: random.Random, at: datetime) -> str:
    """Add a row like another one."""
    model, row, _other = _two_rows(rng)
    if row is None:
        return "nothing to copy"
    unique = {field.name for field in _unique_fields(model)}
    row.pk = None
    row._state.adding = True
    for field in model._meta.concrete_fields:
        if field.name in unique and isinstance(field, models.CharField | models.TextField):
            setattr(row, field.attname, f"n{next(_numbers)}")
        elif field.name in unique and isinstance(field, models.IntegerField):
            setattr(row, field.attname, next(_numbers))
    model._default_manager.bulk_create([row])
    return f"{model.__name__} {row.pk} added"


def _delete(rng: random.Random, at: datetime) -> str:
    model, row, _other = _two_rows(rng)
    if row is None:
        return "nothing to delete"
    pk = row.pk
    row.delete()
    return f"{model.__name__} {pk} deleted"


def _by_hand(rng: random.Random, at: datetime) -> str:
    """Write past the models."""
    customer = _any_row(rng, Customer)
    if customer is None:
        return "nobody there"
    text = rng.choice(["Anna", "STRASSE", "straße", "", "Łukasz"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_customer SET first_name = %s WHERE id = %s", [text, customer.pk]
        )
    return f"first name of {customer.pk} by hand: {text}"


def _everybody(rng: random.Random, at: datetime) -> str:
    """Change what concerns many at once: a zone, the tree of categories."""
    if rng.random() < 0.5:
        website = _any_row(rng, Website)
        assert website is not None
        website.timezone = rng.choice(["UTC", "Europe/Berlin", "Pacific/Apia"])
        website.save()
        return f"{website.code} lives in {website.timezone}"
    categories = list(Category.objects.order_by("pk"))
    child, parent = rng.choice(categories), rng.choice(categories)
    if child.pk > parent.pk:  # so no circle can come about
        Category.objects.filter(pk=child.pk).update(parent=parent)
    return f"{child.code} below {parent.code}"


def _two_rows(rng: random.Random) -> tuple[type[models.Model], Any, Any]:
    model = rng.choice(CHANGED)
    return model, _any_row(rng, model), _any_row(rng, model)


def _any_row(rng: random.Random, model: type[models.Model]) -> Any:
    ids = list(model._default_manager.order_by("pk").values_list("pk", flat=True))
    return model._default_manager.get(pk=rng.choice(ids)) if ids else None


def _plain_fields(model: type[models.Model]) -> list[Any]:
    unique = {field.name for field in _unique_fields(model)}
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not field.name.endswith("_folded")
        and (field.name not in unique or field.is_relation)
    ]


def _unique_fields(model: type[models.Model]) -> list[Any]:
    names = {name for one in model._meta.total_unique_constraints for name in one.fields}
    return [
        field
        for field in model._meta.concrete_fields
        if (field.unique and not field.primary_key) or field.name in names
    ]


def _instants(model: type[models.Model]) -> list[str]:
    return [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField)
    ]
