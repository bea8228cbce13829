"""SQL of a value of a behaviour's JSON; the same values as `reading.value_of`, in whole units."""

import json
from collections.abc import Collection
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateField,
    DateTimeField,
    Field,
    Func,
    TextField,
)

from conditions.language import types
from conditions.language.types import ValueType
from conditions.sql.portable import is_portable
from core.database.fields import AMOUNT_LIMIT, UNITS_PER_ONE, ExactDecimalField
from personalization.properties.reading import stored_value

FUNCTION = "tranche_behavior_value"
FIELDS: dict[ValueType, type[Field[Any, Any]]] = {
    types.TEXT: TextField,
    types.CHOICE: TextField,
    types.CATEGORY: TextField,
    types.NUMBER: ExactDecimalField,
    types.MONEY: ExactDecimalField,
    types.INTEGER: BigIntegerField,
    types.BOOLEAN: BooleanField,
    types.DATE: DateField,
    types.DATETIME: DateTimeField,
}
_TEXT = "CASE WHEN jsonb_typeof(a.v) = 'string' THEN NULLIF(a.v #>> '{}', '') END"
_NUMBER = (
    "CASE jsonb_typeof(a.v) WHEN 'number' THEN a.v::numeric WHEN 'string' THEN"
    r" CASE WHEN a.v #>> '{}' ~ '^-?[0-9]{1,14}(\.[0-9]{1,4})?$' THEN (a.v #>> '{}')::numeric END"
    " END"
)
_IN_RANGE = f"b.x BETWEEN -{AMOUNT_LIMIT} AND {AMOUNT_LIMIT}"
_UNITS = f"CASE WHEN {_IN_RANGE} THEN round(b.x * {UNITS_PER_ONE})::bigint END"
_WHOLE = f"CASE WHEN {_IN_RANGE} AND b.x = trunc(b.x) THEN b.x::bigint END"
_MONTHS_AND_DAYS = "-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_OFFSET = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
# A day that a month does not have must not reach a cast, which ends the whole statement.
_IN_CALENDAR = (
    "(substr(b.x, 9, 2) <= '28' OR substr(b.x, 9, 2)::int <= date_part('day',"
    " (substr(b.x, 1, 7) || '-01')::date + interval '1 month' - interval '1 day'))"
)
_DAY = (
    f"CASE WHEN b.x ~ '^(?!0000)[0-9]{{4}}{_MONTHS_AND_DAYS}$' THEN"
    f" CASE WHEN {_IN_CALENDAR} THEN b.x::date END END"
)
# Offsets are taken away as intervals: a cast refuses those of 16 hours and more.
_INSTANT = (
    f"CASE WHEN b.x ~ '^(?!000[01]|9999)[0-9]{{4}}{_MONTHS_AND_DAYS}{_TIME}{_OFFSET}$' THEN"
    f" CASE WHEN {_IN_CALENDAR} THEN (regexp_replace(b.x, '(Z|[+-][0-9:]{{5}})$', '')::timestamp"
    " - CASE WHEN right(b.x, 1) = 'Z' THEN interval '0'"
    " ELSE (right(b.x, 6) || ':00')::interval END) AT TIME ZONE 'UTC' END END"
)
# The expression of `b.x`, and the value made of it. OFFSET 0 computes each part once for a row.
_STEPS: dict[ValueType, tuple[str, str]] = {
    types.NUMBER: (_NUMBER, _UNITS),
    types.MONEY: (_NUMBER, _UNITS),
    types.INTEGER: (_NUMBER, _WHOLE),
    types.BOOLEAN: ("CASE WHEN jsonb_typeof(a.v) = 'boolean' THEN a.v::boolean END", "b.x"),
    types.DATE: (_TEXT, _DAY),
    types.DATETIME: (_TEXT, _INSTANT),
    types.CHOICE: (_TEXT, "b.x"),
    types.CATEGORY: (_TEXT, "b.x"),
}


class JsonValue(Func):
    """The value of `key` in a JSON column, of an attribute's type; NULL where it is missing.

    `folded` is the column with the folded copies of those texts that are not ASCII.
    """

    def __init__(
        self, document: Any, folded: Any, *, key: str, type_: ValueType, options: Collection[str]
    ) -> None:
        self.key, self.type_, self.options = key, type_, tuple(options)
        super().__init__(document, folded, output_field=FIELDS[type_]())

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        document, params = compiler.compile(self.get_source_expressions()[0])
        options = json.dumps(self.options)
        return f"{FUNCTION}({document}, %s, %s, %s)", (
            *params,
            self.key,
            self.type_.name,
            options,
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sqlite(compiler, connection, **extra)
        (document, params), (folded, folded_params) = (
            compiler.compile(part) for part in self.get_source_expressions()
        )
        source = f"(SELECT {document} -> %s::text AS v OFFSET 0) AS a"
        if self.type_ is types.TEXT:
            made = (
                'CASE WHEN octet_length(b.x) = char_length(b.x) THEN lower(b.x COLLATE "C")'
                f" ELSE COALESCE(NULLIF({folded}, '')::jsonb ->> %s::text, lower(b.x)) END"
            )
            text = f"(SELECT {made} FROM (SELECT {_TEXT} AS x FROM {source} OFFSET 0) AS b)"
            return text, (*folded_params, self.key, *params, self.key)
        first, made = _STEPS[self.type_]
        within: tuple[Any, ...] = ()
        if self.options:
            marks = ", ".join(["%s"] * len(self.options))
            made, within = f"CASE WHEN b.x IN ({marks}) THEN b.x END", self.options
        text = f"(SELECT {made} FROM (SELECT {first} AS x FROM {source} OFFSET 0) AS b)"
        return text, (*within, *params, self.key)


def add_sqlite_function(connection: Any) -> None:
    """Give a SQLite connection the function that `JsonValue` calls there."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 4, stored_value, deterministic=True)
