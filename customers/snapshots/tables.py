"""The tables and columns of a shop snapshot; apps register their own."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from core.registries import Registry
from customers.models import Customer

CUSTOMER_COLUMN = "customer_id"


@dataclass(frozen=True)
class Exported:
    """A model whose rows are in shop snapshots, with only these fields and the keys.

    `day` is the timestamp by whose UTC day the rows are cut into files, so that days in which
    nothing has changed are not written again: a field that is never null, or a path of such foreign
    keys to one (`order__created_at`). Raises ValueError where it can be null; FieldDoesNotExist
    where a name leads nowhere.
    """

    model: type[models.Model]
    fields: tuple[str, ...] = ()
    day: str | None = None

    def __post_init__(self) -> None:
        for name in self.fields:
            self.model._meta.get_field(name)
        if any(field.null for field in self.to_day):
            raise ValueError(f"{self.name}: rows without {self.day} would be in no file")

    @property
    def name(self) -> str:
        """The SQL table, which also names the files and their part of the manifest."""
        return str(self.model._meta.db_table)

    @property
    def key(self) -> str:
        """The column of the primary key."""
        return str(self.model._meta.pk.column)

    @property
    def customer(self) -> str | None:
        """The column that holds customers' internal keys; None where rows name no customer."""
        if self.model is Customer:
            return self.key
        columns = {field.column for field in self.model._meta.concrete_fields}
        return CUSTOMER_COLUMN if CUSTOMER_COLUMN in columns else None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are written: the keys, then the others as they were declared."""
        meta: Any = self.model._meta
        named = [str(meta.get_field(name).column) for name in self.fields]
        keys = [self.key] if self.customer is None else [self.key, self.customer]
        return tuple(dict.fromkeys([*keys, *named]))

    @property
    def to_day(self) -> list[Any]:
        """The fields on the way to `day`: foreign keys, and the timestamp last."""
        found: list[Any] = []
        model: Any = self.model
        for name in self.day.split("__") if self.day else ():
            found.append(model._meta.get_field(name))
            model = found[-1].related_model
        return found


TABLES: Registry[Exported] = Registry("table of shop snapshots")
