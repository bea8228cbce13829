"""The columns that conditions read, and how their rows lead to customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, ForeignKey, ManyToManyField, ManyToManyRel, Model, Q
from django.db.models.expressions import RawSQL
from django.db.models.fields.reverse_related import ForeignObjectRel

from conditions.sql.place import Relation
from customers.changes.declared import By
from customers.models import Customer


@dataclass(frozen=True)
class Source:
    """Rows of `model` that are read for customers, described as `Marked` does.

    `path` leads from a row to the customer by foreign keys; or else `by` names the rows that refer
    to this row and have such a path. Without either, the way is longer than `Marked` can describe,
    and a row counts as everybody's.
    """

    model: type[Model]
    path: str | None = None
    by: By | None = None


# A column that is read: its rows, and the name of its field.
Read = tuple[Source, str]

OF_CUSTOMER = Source(Customer, "pk")
# The columns of a sub-query, or of raw SQL, in a relation or a figure, which are unknown.
UNSEEN = Source(Model)


def of_relation(relation: Relation) -> Source:
    """Return the rows of `relation`."""
    return Source(relation.model, relation.link)


def reads_of_relation(relation: Relation) -> Iterator[Read]:
    """Yield the columns that decide which rows exist, whose they are, and which is the latest."""
    rows = of_relation(relation)
    yield from columns_on_path(rows, relation.link)
    for q in (relation.rows, relation.top):
        yield from reads_of(rows, q)
    for path in (*relation.inside.values(), *filter(None, [relation.time])):
        yield from columns_on_path(rows, path)


def reads_of(source: Source, expression: Any) -> Iterator[Read]:
    """Yield the columns of the rows that a Q, or an expression in it, reads; UNSEEN if unknown."""
    if isinstance(expression, Q):
        for child in expression.children:
            if isinstance(child, tuple):
                path, child = child
                yield from columns_on_path(source, path)
            yield from reads_of(source, child)
    elif isinstance(expression, F):
        yield from columns_on_path(source, getattr(expression, "name"))  # noqa: B009 - the stubs lack it
    elif hasattr(expression, "query") or isinstance(expression, RawSQL):
        yield UNSEEN, ""
    elif hasattr(expression, "get_source_expressions"):
        for part in expression.get_source_expressions():
            yield from reads_of(source, part)


def columns_on_path(source: Source, path: str) -> Iterator[Read]:
    """Yield each column on `path` (as in a lookup), beginning at the rows.

    Raises FieldDoesNotExist where the path is invalid.
    """
    for rows, field in _steps(source, path):
        yield rows, field.name


def at_end(source: Source, path: str) -> Source:
    """Return the rows at the end of `path`, which ends with "__" or is empty."""
    for name in path.split("__")[:-1]:
        source = _followed(source, source.model._meta.get_field(name))[-1]
    return source


def end_of(source: Source, path: str) -> tuple[type[Model], Any, str]:
    """Return the model and the field at the end of a path of columns, and the rest of the path.

    A path without lookups has no rest. `store_id` is a column of the referred key's type, `store`
    is a row. Raises FieldDoesNotExist where the path is invalid.
    """
    part, _, rest = path.partition("__")
    field = _field(source.model, part)
    if part == field.name and field.is_relation and rest:
        return end_of(_followed(source, field)[-1], rest)
    if part != field.name:
        while isinstance(field, ForeignKey):
            field = field.target_field
    return source.model, field, rest


def join_source(source: Source, own: str, model: type[Model], field: str) -> Source:
    """Return the rows of `model` whose foreign key `field` equals the column `own` here."""
    name = _field(source.model, own).name
    if name == _field(source.model, "pk").name:
        return _referring(source, model, field)
    return Source(model, by=By(source.model, name, field) if source.path is not None else None)


def _steps(source: Source, path: str) -> Iterator[tuple[Source, Any]]:
    parts = path.split("__")
    for part, then in zip(parts, [*parts[1:], ""], strict=True):
        field = _field(source.model, part)
        if not isinstance(field, ForeignObjectRel):
            yield source, field
        if not field.is_relation or part != field.name:
            return  # What follows is a lookup of the column.
        is_over = not then or field.get_lookup(then) is not None
        if _stands_here(field) and (is_over or then in {"pk", field.target_field.name}):
            return
        passed = _followed(source, field)
        if isinstance(field, ManyToManyField | ManyToManyRel):
            yield passed[0], _field(passed[0].model, "pk")
        elif isinstance(field, ForeignObjectRel):
            yield passed[0], field.field
        if is_over:
            return
        source = passed[-1]


def _stands_here(field: Any) -> bool:
    """Return whether this row has the other row's key as a column."""
    return not isinstance(field, ForeignObjectRel | ManyToManyField)


def _followed(source: Source, field: Any) -> list[Source]:
    """Return the rows that `field` leads to, through the join table of a many-to-many."""
    if isinstance(field, ManyToManyField | ManyToManyRel):
        forward = field if isinstance(field, ManyToManyField) else field.field
        names = [forward.m2m_field_name(), forward.m2m_reverse_field_name()]
        own, other = names if forward is field else reversed(names)
        through: Any = forward.remote_field.through
        between = _referring(source, through, own)
        return [between, _source_through(between, other, field.related_model)]
    if isinstance(field, ForeignObjectRel):
        return [_referring(source, field.related_model, field.field.name)]
    return [_source_through(source, field.name, field.related_model)]


def _referring(source: Source, model: type[Model], field: str) -> Source:
    if source.path is None:
        return Source(model)
    return Source(model, field if source.path == "pk" else f"{field}__{source.path}")


def _source_through(source: Source, field: str, model: type[Model]) -> Source:
    if source.path is None:
        return Source(model)
    if source.path == field:
        return OF_CUSTOMER
    if source.path.startswith(f"{field}__"):
        return Source(model, source.path.removeprefix(f"{field}__"))  # On the way to the customer.
    return Source(model, by=By(source.model, field))


def _field(model: type[Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)
