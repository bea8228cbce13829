"""Queries for rows by keys that run often: each is compiled once per connection.

To build and compile a query costs several times what the database needs to answer it, and so does
making instances Django's way. The rows are those of the query set, with two differences: related
rows that are the same row are the same instance, and no signals (`pre_init`, `post_init`) are sent.
"""

from collections.abc import Callable, Hashable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

Key = int | str | datetime

# Placeholders for the keys in a compiled query, by type and position: values that no row has.
KEYS: dict[type, Callable[[int], Any]] = {
    int: lambda position: -1_934_772_061 - position,
    str: lambda position: f"\ue000 the key {position} \ue000",
    datetime: lambda position: datetime(1066, 10, 14, tzinfo=UTC) + timedelta(seconds=position),
}

# By connection, which belongs to one thread; compiled queries are dropped with the connection.
_compiled: WeakKeyDictionary[Any, dict[Hashable, "_Compiled"]] = WeakKeyDictionary()


def rows_by_key(
    name: Hashable, alias: str, build: Callable[..., QuerySet[Any]], *keys: Key
) -> list[Any]:
    """Return the rows of the query set that `build` gives for `keys`: ids, texts, aware instants.

    The rows are instances of a model, or tuples for a query set of `values_list`, and are read from
    the database `alias`. `name` identifies the compiled query: it has all that the query depends on
    besides `keys`, their number and types included. `build` may only hand the keys on to the query.
    """
    known = _compiled.setdefault(connections[alias], {})
    if name not in known:
        known[name] = _Compiled(build, [type(key) for key in keys], alias)
    return known[name].rows(keys)


def has_row(name: Hashable, build: Callable[[], QuerySet[Any]]) -> bool:
    """Return whether the query set that `build` gives has a row; `name` as for `rows_by_key`."""
    return bool(
        rows_by_key(name, DEFAULT_DB_ALIAS, lambda: build().order_by().values_list("pk")[:1])
    )


class _Compiled:
    """A compiled query, and how to convert its rows."""

    def __init__(
        self, build: Callable[..., QuerySet[Any]], types: Sequence[type], alias: str
    ) -> None:
        self._alias = alias
        placeholders = [
            next(make for known, make in KEYS.items() if issubclass(one, known))(position)
            for position, one in enumerate(types)
        ]
        rows = build(*placeholders)
        self._compiler = rows.query.get_compiler(using=alias)
        self._sql, params = self._compiler.as_sql()
        self._params = list(params)
        stand_for = [self._adapted(one) for one in placeholders]
        # Where in the parameters each key stands.
        self._places = [
            (place, stand_for.index(param))
            for place, param in enumerate(params)
            if param in stand_for
        ]
        select: Any = self._compiler.select
        self._converters = self._compiler.get_converters([column[0] for column in select])
        info = self._compiler.klass_info
        self._annotations: dict[str, int] = dict(self._compiler.annotation_col_map or {})
        # None for `values_list`.
        self._instances = (
            _Instances(info, select, alias) if info and rows.query.default_cols else None
        )

    def _adapted(self, key: Key) -> Any:
        """Return `key` as the database gets it."""
        if isinstance(key, datetime):
            return connections[self._alias].ops.adapt_datetimefield_value(key)
        return key

    def rows(self, keys: Sequence[Key]) -> list[Any]:
        params = self._params.copy()
        for place, index in self._places:
            params[place] = self._adapted(keys[index])
        with connections[self._alias].cursor() as cursor:
            cursor.execute(self._sql, params)
            found: Sequence[Sequence[Any]] = cursor.fetchall()
        if self._converters:
            found = list(self._compiler.apply_converters(found, self._converters))
        if self._instances is None:
            return [tuple(row) for row in found]
        # Related instances are shared only within this result, since later results may differ.
        shared: dict[Any, Model] = {}
        instances = [self._instances.of(row, shared) for row in found]
        for one, row in zip(instances, found, strict=True):
            one.__dict__.update({name: row[at] for name, at in self._annotations.items()})
        return instances


class _Instances:
    """Makes the instances of one model from their columns, with those that are selected along."""

    def __init__(self, info: dict[str, Any], select: Sequence[Any], alias: str) -> None:
        assert not info.get("from_parent"), "no model here inherits from another's table"
        first, last = info["select_fields"][0], info["select_fields"][-1]
        self._columns = slice(first, last + 1)
        self._names = [column[0].target.attname for column in select[self._columns]]
        self._model: type[Model] = info["model"]
        self._key = first + self._names.index(self._model._meta.pk.attname)
        self._alias = alias
        self._beside = [
            (_Instances(other, select, alias), other["local_setter"], other["remote_setter"])
            for other in info.get("related_klass_infos", ())
        ]

    def of(self, row: Sequence[Any], shared: dict[Any, Model]) -> Model:
        """Return a new instance for `row`."""
        one = self._model.__new__(self._model)
        state = ModelState()
        state.adding, state.db = False, self._alias
        one.__dict__.update(zip(self._names, row[self._columns], strict=True), _state=state)
        for instances, set_here, set_there in self._beside:
            other = instances._shared_instance(row, shared)
            set_here(one, other)
            if other is not None:
                set_there(other, one)
        return one

    def _shared_instance(self, row: Sequence[Any], shared: dict[Any, Model]) -> Model | None:
        """Return the shared related instance in `row`; None where the foreign key is null."""
        key = row[self._key]
        if key is None:
            return None
        # By the place in the row, since the related data that is selected may differ.
        place = self._key, key
        if place not in shared:
            shared[place] = self.of(row, shared)
        return shared[place]
