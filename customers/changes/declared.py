"""Declarations of the models whose changes mark customers, with the paths to the customers."""

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
# A change: the names of the table and of its column; None stands for any column.
Changed = tuple[str, str | None]


def changed_of(model: Model, *columns: str) -> frozenset[Changed]:
    """Return the changes of `model` that insert or delete rows, or change one of `columns`."""
    table = str(model._meta.db_table)
    return frozenset((table, name) for name in (None, *columns))


@dataclass(frozen=True)
class By:
    """The rows of `model` whose foreign key `field` refers to the row that `own` refers to here."""

    model: Model
    field: str
    own: str = "pk"


@dataclass(frozen=True)
class Marked:
    """A model whose rows concern customers.

    `paths` lead from a row to its customers by foreign keys; empty for a customer itself. `by`
    names rows of other declared models that a row concerns, and so their customers. Where both are
    empty, a change may concern every customer. With `fields`, only changes of these columns and of
    the columns that lead to a customer count; a new row then counts only where the model has
    `paths`, since otherwise nothing refers to the row yet. Without `marks`, the triggers mark
    nobody and do other work. `by_writer`: the one place that writes such rows marks the customers,
    and there are no triggers.
    """

    model: Model
    paths: tuple[str, ...] = ()
    by: tuple[By, ...] = ()
    fields: tuple[str, ...] = ()
    marks: bool = True
    by_writer: bool = False

    def counts(self, field: str) -> bool:
        """Return whether a change of this field of a row concerns any customer."""
        leading = {path.partition("__")[0] for path in self.paths} | {one.own for one in self.by}
        return not self.fields or field in self.fields or field in leading


def declared() -> list[Marked]:
    """Return the declarations of models with triggers, with those of all roll-ups."""
    ours = [one for one in _declared.values() if not one.by_writer]
    return [*ours, *(Marked(model, marks=False) for model in rollups())]


def marked_by_writers() -> list[Marked]:
    """Return the declarations of models without triggers, whose writers mark customers."""
    return [one for one in _declared.values() if one.by_writer]


def rollups() -> list[type[Rollup]]:
    """Return the models with figures of each customer, including those of other apps."""
    return [model for model in apps.get_models() if issubclass(model, Rollup)]


def declare(marked: Marked) -> None:
    """Declare an app's own model, before Django is ready; `migrate` then makes its triggers.

    A second declaration of a model is added to the first: the changes of both count. Raises
    ValueError for a text in place of several texts; a system check tests that the names exist.
    """
    for names in (marked.paths, marked.fields):
        if isinstance(names, str):
            raise ValueError(f"{marked.model.__name__}: write ({names!r},), with a comma")
    known = _declared.get(marked.model)
    _declared[marked.model] = marked if known is None else _merge_marks(known, marked)


def _merge_marks(one: Marked, other: Marked) -> Marked:
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
    """Yield each path from a row to customers, as columns.

    A path is the row's own first column, and then for each further table the column with the same
    value and the column that continues the path; the last column holds the customer's id.
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


# Rows with a product, whose present data in the catalogue conditions read.
_WITH_PRODUCT = (OrderItem, RefundItem, CartItem, WishlistItem, ProductView)
# Columns of attribute definitions that decide which rule trees are valid.
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
