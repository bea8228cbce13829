"""The columns that an export of members may have."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from conditions.language.types import in_quotes
from customers.models import AttributeType, CustomerAttribute, CustomerAttributeValue
from customers.personal import Kind, kind_of
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
# How many rows are in memory at once where Python writes them.
ROWS_PER_READ = 2_000


class CellType(Enum):
    """How the values of a column are written."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """A column: its name, how its values are written, the expression on Membership, and how
    personal it is."""

    name: str
    type: CellType
    source: F | Subquery
    kind: Kind


class InvalidColumns(ValueError):
    """Columns that no export has, or that were asked for twice."""


FIXED = {
    name: Column(name, cell_type, F(source), kind_of(Membership, source))
    for name, cell_type, source in (
        ("id", CellType.TEXT, "customer__external_id"),
        ("email", CellType.TEXT, "customer__email"),
        ("first_name", CellType.TEXT, "customer__first_name"),
        ("last_name", CellType.TEXT, "customer__last_name"),
        ("gender", CellType.TEXT, "customer__gender"),
        ("date_of_birth", CellType.DATE, "customer__date_of_birth"),
        ("kind", CellType.TEXT, "customer__kind"),
        ("customer_group", CellType.TEXT, "customer__group__code"),
        ("website", CellType.TEXT, "customer__website__code"),
        ("store", CellType.TEXT, "customer__store__code"),
        ("registered_at", CellType.DATETIME, "customer__registered_at"),
        ("accepts_marketing", CellType.BOOLEAN, "customer__accepts_marketing"),
        ("entered_at", CellType.DATETIME, "entered_at"),
    )
}


def columns_named(names: Sequence[str]) -> list[Column]:
    """Return the columns `names`, in that order. Raises InvalidColumns naming those at fault."""
    attributes = {
        f"{ATTRIBUTE_PREFIX}{attribute.code}": attribute
        for attribute in CustomerAttribute.objects.filter(
            # PostgreSQL takes no NUL, and no column is called so.
            code__in=[name.removeprefix(ATTRIBUTE_PREFIX) for name in names if "\0" not in name]
        )
    }
    unknown = [name for name in names if name not in FIXED and name not in attributes]
    if unknown:
        raise InvalidColumns(_("There is no column %(names)s.") % {"names": _quoted(unknown)})
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidColumns(_("Asked for twice: %(names)s.") % {"names": _quoted(twice)})
    return [FIXED.get(name) or _attribute_column(name, attributes[name]) for name in names]


def selected(
    members: QuerySet[Membership], columns: Sequence[Column]
) -> QuerySet[Membership, tuple[Any, ...]]:
    """Return `members` as tuples of the values of `columns`; in SQL they are c0, c1 and so on."""
    sources = {f"c{index}": column.source for index, column in enumerate(columns)}
    return members.annotate(**sources).values_list(*sources)


def _quoted(names: Sequence[str]) -> str:
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
    return Column(name, cell_type, Subquery(values.values(attribute.type)[:1]), kind)
