"""The table of what is marked: for each model, how a row of it leads to its customers."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from customers.models import (
    Address,
    AppliedRule,
    Cart,
    CartItem,
    Category,
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
from customers.models.rollup import Rollup

Model = type[models.Model]
# What has changed: the names of a table and of its column; None: it may be any column.
Changed = tuple[str, str | None]


def changed_of(model: Model, *columns: str) -> frozenset[Changed]:
    """Return what a change may be of that makes other rows of `model`, or is of these columns."""
    table = str(model._meta.db_table)
    return frozenset((table, name) for name in (None, *columns))


@dataclass(frozen=True)
class By:
    """Rows of `model` whose foreign key `field` names the same row as `own` does here."""

    model: Model
    field: str
    own: str = "pk"


@dataclass(frozen=True)
class Marked:
    """A model whose rows concern customers.

    `paths` lead from a row to its customers by foreign keys, empty for a customer itself; `by`
    names rows of other declared models that it concerns, and so their customers. Where both are
    empty a change may concern everybody. With `fields` only changes of these count, beside those of
    what leads to a customer; a new row then counts where it has `paths` itself, and otherwise not:
    nothing refers to it yet. Not `marks`: nobody is marked, the triggers do other work.
    `by_writer`: the one place that writes such rows marks customers, and there are no triggers.
    """

    model: Model
    paths: tuple[str, ...] = ()
    by: tuple[By, ...] = ()
    fields: tuple[str, ...] = ()
    marks: bool = True
    by_writer: bool = False

    def counts(self, field: str) -> bool:
        """Return whether a change of this field of a row concerns anybody."""
        leading = {path.partition("__")[0] for path in self.paths} | {one.own for one in self.by}
        return not self.fields or field in self.fields or field in leading


def declared() -> list[Marked]:
    """Return what triggers mark; roll-ups need not be declared, they are what they are."""
    ours = [one for one in _declared.values() if not one.by_writer]
    return [*ours, *(Marked(model, marks=False) for model in rollups())]


def marked_by_writers() -> list[Marked]:
    """Return the declarations of models without triggers, whose writers mark customers."""
    return [one for one in _declared.values() if one.by_writer]


def rollups() -> list[type[Rollup]]:
    """Return the models that hold figures of each customer, those of other apps too."""
    return [model for model in apps.get_models() if issubclass(model, Rollup)]


def declare(marked: Marked) -> None:
    """Mark an app's own model too, before Django is ready; migrate then makes its triggers.

    What is declared of a model already stays: changes of either kind then count, for both. Raises
    ValueError for a text in place of several; that names lead somewhere is a system check's.
    """
    for names in (marked.paths, marked.fields):
        if isinstance(names, str):
            raise ValueError(f"{marked.model.__name__}: write ({names!r},), with a comma")
    known = _declared.get(marked.model)
    _declared[marked.model] = marked if known is None else _both(known, marked)


def _both(one: Marked, other: Marked) -> Marked:
    everybody = not (one.paths or one.by) or not (other.paths or other.by)
    return Marked(
        one.model,
        paths=() if everybody else tuple(dict.fromkeys(one.paths + other.paths)),
        by=() if everybody else tuple(dict.fromkeys(one.by + other.by)),
        fields=tuple(dict.fromkeys(one.fields + other.fields))
        if one.fields and other.fields
        else (),
        marks=one.marks,
        by_writer=one.by_writer and other.by_writer,
    )


def hops(marked: Marked) -> Iterator[tuple[str, list[tuple[Model, str, str]]]]:
    """Yield each way from a row to customers, as columns.

    A way is the row's own column to begin with, and then for each further table the column that
    has the same value and the column to go on with; the last one holds the customer's id.
    """
    for path in marked.paths:
        yield _forward(marked.model, path)
    for one in marked.by:
        for path in _declared[one.model].paths:
            if path.startswith(f"{one.field}__"):
                continue  # Back to the row itself.
            then, rest = _forward(one.model, path)
            field = _column(one.model, one.field)
            yield _column(marked.model, one.own), [(one.model, field, then), *rest]


def _forward(model: Model, path: str) -> tuple[str, list[tuple[Model, str, str]]]:
    first, _, rest = path.partition("__")
    if not rest:
        return _column(model, first), []
    target = model._meta.get_field(first).related_model
    assert isinstance(target, type)
    then, others = _forward(target, rest)
    return _column(model, first), [(target, _column(target, "pk"), then), *others]


def _column(model: Model, field: str) -> str:
    found = model._meta.pk if field == "pk" else model._meta.get_field(field)
    assert isinstance(found, models.Field)
    return str(found.column)


# Rows with a product, of which conditions ask the catalogue of today.
_WITH_PRODUCT = (OrderItem, RefundItem, CartItem, WishlistItem, ProductView)
# Definitions decide what trees may say.
_DEFINITION = ("code", "type", "options")

_declared: dict[Model, Marked] = {
    marked.model: marked
    for marked in (
        Marked(Customer, ("pk",)),
        Marked(Address, ("customer",)),
        Marked(CustomerTag, ("customer",)),
        Marked(Consent, ("customer",)),
        Marked(CustomerAttributeValue, ("customer",)),
        Marked(Login, ("customer",)),
        Marked(CustomerMerge, ("customer",)),
        Marked(NewsletterSubscription, ("customer",)),
        # A refund counts as one of a sale by the state of its order, whose customer is its own.
        Marked(Order, ("customer",)),
        Marked(OrderItem, ("order__customer",)),
        Marked(Refund, ("customer", "order__customer")),
        Marked(RefundItem, ("refund__customer", "refund__order__customer")),
        Marked(Cart, ("customer",)),
        Marked(CartItem, ("cart__customer",)),
        Marked(AppliedRule, ("cart__customer",)),
        Marked(Wishlist, ("customer",)),
        Marked(WishlistItem, ("wishlist__customer",)),
        Marked(ProductView, ("customer",)),
        # Lines have SKU, name and type of their own; views and wishes have the product's.
        Marked(
            Product,
            by=tuple(By(model, "product") for model in (ProductView, WishlistItem)),
            fields=("sku", "sku_folded", "name", "name_folded", "price"),
        ),
        Marked(
            ProductCategory, by=tuple(By(model, "product", "product") for model in _WITH_PRODUCT)
        ),
        Marked(
            ProductAttributeValue,
            by=tuple(By(model, "product", "product") for model in _WITH_PRODUCT),
        ),
        Marked(Category, fields=("code", "parent")),
        Marked(CustomerAttribute, fields=_DEFINITION),
        Marked(ProductAttribute, fields=_DEFINITION),
        Marked(CustomerGroup, fields=("code",)),
        Marked(Store, fields=("code", "website")),
        Marked(Website, fields=("code", "timezone")),
    )
}
