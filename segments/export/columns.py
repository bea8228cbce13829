"""The columns for exports of members: built-in ones, the shop's attributes, other apps' columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

from core.access.personal import Kind, kind_of
from core.database.fields import ExactDecimalField
from core.registries import Registry
from core.text.formats import in_quotes
from core.text.sentences import SentenceError
from customers.models import AttributeType, CustomerAttribute, CustomerAttributeValue
from segments.models import Membership

DEFAULT_COLUMNS = (
    "id",
    "email",
    "first_name",
    "last_name",
    "customer_group",
    "website",
    "entered_at",
)
ATTRIBUTE_PREFIX = "attributes."
# How many rows are in memory at once where Python formats them.
ROWS_PER_READ = 2_000


class CellType(Enum):
    """How the values of a column are written."""

    TEXT = "text"
    # Whole numbers, and exact decimals, which are stored in units of 1/10,000.
    INTEGER = "integer"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """A column of exports.

    `type` decides how values are formatted, `source` is an expression on Membership, `kind` is how
    personal the values are, and `permissions` are further ones that users need for the column."""

    name: str
    label: str | Promise
    type: CellType
    source: F | Subquery
    kind: Kind
    permissions: Sequence[str] = ()


class InvalidColumns(SentenceError):
    """Columns that are unknown or were requested twice."""


COLUMNS: Registry[Column] = Registry("export column")
# The labels are those of the conditions on the same values.
for ours, called, written_as, path in (
    ("id", gettext_lazy("Customer number"), CellType.TEXT, "customer__external_id"),
    ("email", gettext_lazy("Email"), CellType.TEXT, "customer__email"),
    ("first_name", gettext_lazy("First name"), CellType.TEXT, "customer__first_name"),
    ("last_name", gettext_lazy("Last name"), CellType.TEXT, "customer__last_name"),
    ("gender", gettext_lazy("Gender"), CellType.TEXT, "customer__gender"),
    ("date_of_birth", gettext_lazy("Date of birth"), CellType.DATE, "customer__date_of_birth"),
    ("kind", gettext_lazy("Registered or guest"), CellType.TEXT, "customer__kind"),
    ("customer_group", gettext_lazy("Customer group"), CellType.TEXT, "customer__group__code"),
    ("website", gettext_lazy("Website"), CellType.TEXT, "customer__website__code"),
    ("store", gettext_lazy("Account created in store"), CellType.TEXT, "customer__store__code"),
    ("registered_at", gettext_lazy("Customer since"), CellType.DATETIME, "customer__registered_at"),
    (
        *("accepts_marketing", gettext_lazy("Accepts marketing")),
        *(CellType.BOOLEAN, "customer__accepts_marketing"),
    ),
    ("entered_at", gettext_lazy("Member since"), CellType.DATETIME, "entered_at"),
):
    COLUMNS.register(Column(ours, called, written_as, F(path), kind_of(Membership, path)))

TYPES: tuple[tuple[type[models.Field[Any, Any]], CellType], ...] = (
    (ExactDecimalField, CellType.NUMBER),
    (models.BooleanField, CellType.BOOLEAN),
    (models.IntegerField, CellType.INTEGER),
    (models.DateTimeField, CellType.DATETIME),
    (models.DateField, CellType.DATE),
    (models.CharField, CellType.TEXT),
    (models.TextField, CellType.TEXT),
)


def stored_column(
    name: str,
    label: str | Promise,
    model: type[models.Model],
    field: str,
    *,
    owner: str = "customer",
    where: Q | None = None,
    permissions: Sequence[str] = (),
) -> Column:
    """Return the column of an app's own `field`, to be registered in `COLUMNS`.

    Its value is that of the row of `model` whose foreign key `owner` is the customer; of several
    rows, that of the oldest one that matches `where`. Without a row it is empty. The model declares
    how personal it is (`core.access.personal`). Raises ValueError for a field of a type that
    databases format differently, such as a float, and for a `name` that would be an attribute of
    the shop.
    """
    if name.startswith(ATTRIBUTE_PREFIX):
        raise ValueError(f"{name!r} would be an attribute of the shop")
    stored = model._meta.get_field(field)
    cell_type = next((found for one, found in TYPES if isinstance(stored, one)), None)
    if cell_type is None:
        raise ValueError(f"{model.__name__}.{field} cannot be exported: {type(stored).__name__}")
    rows = model._default_manager.filter(where or Q(), **{owner: OuterRef("customer_id")})
    source = Subquery(rows.order_by("pk").values(field)[:1])
    return Column(name, label, cell_type, source, kind_of(model, field), permissions)


def columns_named(names: Sequence[str]) -> list[Column]:
    """Return the columns `names`, in that order.

    Raises InvalidColumns, with the names in its message, for unknown or repeated names.
    """
    attributes = {
        f"{ATTRIBUTE_PREFIX}{attribute.code}": attribute
        for attribute in CustomerAttribute.objects.filter(
            # PostgreSQL rejects NUL characters, and no column's name has one.
            code__in=[name.removeprefix(ATTRIBUTE_PREFIX) for name in names if "\0" not in name]
        )
    }
    unknown = [name for name in names if not COLUMNS.find(name) and name not in attributes]
    if unknown:
        text = gettext_noop("There is no column %(names)s.")
        raise InvalidColumns(text, names=_quote_names(unknown))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidColumns(gettext_noop("Asked for twice: %(names)s."), names=_quote_names(twice))
    return [COLUMNS.find(name) or _attribute_column(name, attributes[name]) for name in names]


def all_columns() -> list[Column]:
    """Return all columns."""
    attributes = CustomerAttribute.objects.order_by("code").values_list("code", flat=True)
    own = [column.name for column in COLUMNS]
    return columns_named([*own, *(f"{ATTRIBUTE_PREFIX}{code}" for code in attributes)])


def select_columns(
    members: QuerySet[Membership], columns: Sequence[Column]
) -> QuerySet[Membership, tuple[Any, ...]]:
    """Return `members` as tuples of the values of `columns`; in SQL they are c0, c1 and so on."""
    sources = {f"c{index}": column.source for index, column in enumerate(columns)}
    return members.annotate(**sources).values_list(*sources)


def _quote_names(names: Sequence[str]) -> str:
    return ", ".join(map(in_quotes, names))


def _attribute_column(name: str, attribute: CustomerAttribute) -> Column:
    values = CustomerAttributeValue._default_manager.filter(
        attribute=attribute, customer=OuterRef("customer_id")
    )
    cell_type = {
        AttributeType.NUMBER: CellType.NUMBER,
        AttributeType.DATE: CellType.DATE,
        AttributeType.BOOLEAN: CellType.BOOLEAN,
    }.get(AttributeType(attribute.type), CellType.TEXT)
    kind = kind_of(CustomerAttributeValue, attribute.type)
    source = Subquery(values.values(attribute.type)[:1])
    return Column(name, attribute.label, cell_type, source, kind)
