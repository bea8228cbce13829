"""Buckets computed by the database, for hundreds of thousands of customers."""

import sqlite3
from typing import Any

from django.db.models import BigIntegerField, CharField, Func, Value

from conditions.sql.portable import is_portable
from core.text.hashes import BUCKETS, DIGITS, bucket

# The function's name on SQLite, and in statements for other engines.
FUNCTION = "tranche_bucket"


class Bucket(Func):
    """The bucket of each row, computed by the database: `Bucket("exp-1", F("external_id"))`.

    Null where the unit is null.
    """

    output_field = BigIntegerField()

    def __init__(self, salt: str, unit: Any) -> None:
        super().__init__(Value(salt, output_field=CharField()), unit)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        if is_portable():
            return self.as_sqlite(compiler, connection, **extra)
        return self.as_sql(
            compiler,
            connection,
            template=(
                f"(('x' || substr(encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex'), 1,"
                f" {DIGITS}))::bit(60)::bigint %%%% {BUCKETS})"
            ),
            arg_joiner="::text || ':' || ",
        )

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function=FUNCTION)


def add_sqlite_function(connection: sqlite3.Connection) -> None:
    """Register the bucket function on a new SQLite connection."""
    connection.create_function(FUNCTION, 2, _bucket, deterministic=True)


def _bucket(salt: str, unit: str | None) -> int | None:
    return None if unit is None else bucket(salt, unit)
