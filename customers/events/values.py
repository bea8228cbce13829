"""Values that an import has read as those of a model's fields."""

from datetime import UTC, date, datetime
from typing import Any

from django.db import models

from core.database.fields import UNITS_PER_ONE, ExactDecimalField
from customers.events.reading import Row
from customers.imports.staging.cells import LARGEST_UNITS, Value
from customers.imports.staging.staging_tables import Known, default_id, empty_of
from customers.imports.storing.sql import line_total
from customers.imports.tables import Table


def as_stored(target: models.Field[Any, Any], value: Value) -> Any:
    """Return what `target` holds for a value of an import: times in UTC, decimals for units."""
    if value is None:
        return None
    if isinstance(target, ExactDecimalField):
        return target.of_units(int(value))
    if isinstance(target, models.DateTimeField):
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    if isinstance(target, models.DateField):
        return date.fromisoformat(str(value))
    return value


def assign(table: Table, row: Row, instance: models.Model, known: Known, *, new: bool) -> None:
    """Give `instance` the plain columns of `row`; those that are absent their default if `new`.

    References and lists are left to the callers, who know the rows that they refer to.
    """
    for column in table.columns:
        if column in table.lists or column in table.references:
            continue
        if column in row:
            value = row[column]
        elif not new:
            continue
        elif column in table.codes and column not in table.filled_later:
            value = default_id(table, column, known)
        else:
            value = empty_of(table, column)
        target = table.field_of(column)
        setattr(instance, target.attname, as_stored(target, value))


def in_base(units: int | None, rate: int) -> int | None:
    """Return an amount in the base currency, rounded half away from zero, in units.

    `rate` is in units of 1/10^10.
    """
    return line_total(units, UNITS_PER_ONE, rate)


def is_beyond(units: int | None) -> bool:
    """Return whether an amount is beyond what a column may hold."""
    return units is not None and abs(units) > LARGEST_UNITS
