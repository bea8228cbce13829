"""Spans of what the database is asked within a sampled span: operation and table, never a value."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

SYSTEMS = {"postgresql": "postgresql", "sqlite": "sqlite"}
OPERATION = re.compile(r"\s*([A-Za-z]+)")
TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE|TABLE)\s+(?:ONLY\s+)?"?([A-Za-z_][A-Za-z0-9_]*)', re.I)
# Literals in the text of a statement: texts in quotation marks, and numbers.
LITERALS = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|\b\d+(?:\.\d+)?\b", re.S)
LONGEST = 4_000


class Statements(Protocol):
    """A maker of spans for statements."""

    def statement(self, name: str, attributes: dict[str, str]) -> AbstractContextManager[None]:
        """Make a span while the block asks the database."""


def trace_statements(statements: Statements, *, with_text: bool) -> Callable[[], None]:
    """Make spans of what this process asks from now on; returns what ends that."""

    def wrapper(
        execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        text = sql if isinstance(sql, str) else ""
        attributes = statement_attributes(text, context["connection"].vendor, with_text=with_text)
        operation = attributes.get("db.operation.name", "SQL")
        name = f"{operation} {attributes.get('db.collection.name', '')}".rstrip()
        with statements.statement(name, attributes):
            return execute(sql, params, many, context)

    def wrap(connection: BaseDatabaseWrapper, **_more: Any) -> None:
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)

    connection_created.connect(wrap, weak=False, dispatch_uid="core.tracing.statements")
    for connection in connections.all(initialized_only=True):
        wrap(connection)

    def end() -> None:
        connection_created.disconnect(dispatch_uid="core.tracing.statements")
        for connection in connections.all(initialized_only=True):
            if wrapper in connection.execute_wrappers:
                connection.execute_wrappers.remove(wrapper)

    return end


def statement_attributes(sql: str, vendor: str, *, with_text: bool) -> dict[str, str]:
    """Return the attributes of a statement's span; its text only with placeholders for values."""
    found = {"db.system.name": SYSTEMS.get(vendor, "other_sql")}
    if operation := OPERATION.match(sql):
        found["db.operation.name"] = operation[1].upper()
    if table := TABLE.search(sql):
        found["db.collection.name"] = table[1]
    if with_text:
        found["db.query.text"] = LITERALS.sub("?", sql)[:LONGEST]
    return found
