"""Rows found by one key, again and again: compiled once for a connection, then only asked.

To build and compile a query costs several times what the database needs to answer it. The rows are
what the query set would give.
"""

from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connections
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

# What stands for the key in a query that is compiled, by the key's type: nobody's id or number.
KEYS: dict[type, Any] = {int: -1_934_772_061, str: "\ue000 the key \ue000"}

# Connections are one thread's; what is compiled goes with them.
_compiled: WeakKeyDictionary[Any, dict[Hashable, "_Compiled"]] = WeakKeyDictionary()


def rows_by_key(
    name: Hashable, alias: str, build: Callable[[Any], QuerySet[Any]], key: int | str
) -> list[Any]:
    """Return the rows of the query set that `build` gives for `key`, an id or a number.

    They are read from the database `alias`. `name` says all that the query depends on besides the
    key.
    """
    known = _compiled.setdefault(connections[alias], {})
    if name not in known:
        known[name] = _Compiled(build(KEYS[type(key)]), alias)
    return known[name].rows(key)


class _Compiled:
    """A query of rows of one model, with those that it selects along with them."""

    def __init__(self, rows: QuerySet[Any], alias: str) -> None:
        self._alias = alias
        self._compiler = rows.query.get_compiler(using=alias)
        self._sql, self._params = self._compiler.as_sql()
        selected: Any = self._compiler.klass_info
        select: Any = self._compiler.select
        columns = selected["select_fields"]
        self._model: type[Model] = selected["model"]
        self._own = slice(columns[0], columns[-1] + 1)
        self._names = [column[0].target.attname for column in select[self._own]]
        # The stubs are of a later Django.
        self._related = get_related_populators(selected, select, alias)  # type: ignore[call-arg]

    def rows(self, key: int | str) -> list[Any]:
        stands_for_it = KEYS[type(key)]
        params = [key if param == stands_for_it else param for param in self._params]
        with connections[self._alias].cursor() as cursor:
            cursor.execute(self._sql, params)
            found = cursor.fetchall()
        rows = []
        for row in self._compiler.results_iter([found]):
            one = self._model.from_db(self._alias, self._names, row[self._own])
            for related in self._related:
                related.populate(row, one)
            rows.append(one)
        return rows
