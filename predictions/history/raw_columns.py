"""Columns as the database has them: numbers that nothing turns into objects, a call a value."""

from typing import Any

from django.db.models import BigIntegerField, ExpressionWrapper, F, Func


class Units(ExpressionWrapper):  # type: ignore[type-arg]
    """An exact decimal as the whole number of 1/10,000 as which it is stored."""

    def __init__(self, name: str) -> None:
        super().__init__(F(name), output_field=BigIntegerField())

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Return nothing that a value goes through: both databases give whole numbers."""
        return []


class Seconds(Func):
    """An instant as the whole seconds since 1970 that have passed."""

    output_field = BigIntegerField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """Return nothing that a value goes through: both databases give whole numbers."""
        return []

    def as_postgresql(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        """Return it in PostgreSQL's words."""
        template = "floor(extract(epoch FROM %(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=template)

    def as_sqlite(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        """Return it in SQLite's words, which would round the fraction that is cut off."""
        template = "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template)
