"""Columns of text that may name several things: "A, B"."""

from typing import Any

from django.db.models import BooleanField, Func


class NamesSeveral(Func):
    """The condition that a text has a comma; no parameters, so that a partial index serves it."""

    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="(strpos(%(expressions)s, ',') > 0)")

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="(instr(%(expressions)s, ',') > 0)")


class IsAmong(Func):
    """The condition that the first text is one of those between the second text's commas."""

    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        parts = r"%(expressions)s, '\s*,\s*'))"
        return self.as_sql(
            compiler, connection, template=parts, arg_joiner=" = ANY(regexp_split_to_array("
        )

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        # A JSON list of the whole text, which is then divided at its commas.
        parts = """%(expressions)s), ',', '","')))"""
        among = " IN (SELECT trim(value) FROM json_each(replace(json_array("
        return self.as_sql(compiler, connection, template=parts, arg_joiner=among)
