"""Columns as the database has them: numbers that nothing turns into objects, a call a value."""

from typing import Any

from django.db.models import BigIntegerField, ExpressionWrapper, F, Func


class Units(ExpressionWrapper):  # type: ignore[type-arg]
    """An exact decimal as the whole number of 1/10,000 as which it is stored."""

    def __init__(self, name: str) -> None:
        super().__init__(F(name), output_field=BigIntegerField())

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Return no converters: both databases return whole numbers."""
        return []


class Seconds(Func):
    """An instant as the whole seconds since 1970 that have passed."""

    output_field = BigIntegerField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Return no converters: both databases return whole numbers."""
        return []

    def as_postgresql(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        """Return the SQL for PostgreSQL."""
        template = "floor(extract(epoch FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template)

    def as_sqlite(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        """Return the SQL for SQLite, which cuts off fractions: SQLite itself would round them."""
        template = "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template)
