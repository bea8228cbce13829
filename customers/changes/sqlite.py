"""Triggers on SQLite: one call per row that a statement changed."""

from collections.abc import Callable
from functools import partial

from customers.changes.declared import Marked
from customers.changes.following import columns_of, corrections
from customers.changes.statements import (
    changed_columns,
    check_texts,
    columns,
    counts_new_rows,
    has_growing_keys,
    leading_columns,
    mark,
    roll_up_rows,
    text_columns,
    touch,
)

PREFIX = "tranche_mark"
# The present in the format that Django stores, with six decimals.
NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
# Without extensions, SQLite's lower() handles ASCII only.
LOWER = "lower({})"
# Django writes JSON with escapes for characters outside of ASCII.
NOT_ASCII = "({0} LIKE '%\\u%' OR length(CAST({0} AS blob)) <> length({0}))"
DISTINCT = "IS NOT"


def expected_triggers(marked: Marked) -> dict[str, str]:
    """Return the triggers that a table should have, and the statement that makes each."""
    return _triggers(
        marked,
        "CREATE TRIGGER",
        partial(mark, marked, now=NOW),
        with_insert=counts_new_rows(marked),
        complete=True,
    )


def bulk_triggers(marked: Marked) -> dict[str, str]:
    """Return the triggers that replace the usual ones during a bulk write (`marking_once`)."""
    return _triggers(
        marked,
        "CREATE TEMPORARY TRIGGER",
        lambda rows, **_more: touch(marked, rows),
        with_insert=counts_new_rows(marked) and not has_growing_keys(marked),
        complete=False,
    )


def _triggers(
    marked: Marked,
    create: str,
    marking: Callable[..., str],
    *,
    with_insert: bool,
    complete: bool,
) -> dict[str, str]:
    new, old = (_row(leading_columns(marked), side) for side in ("NEW", "OLD"))
    both = f"({new} UNION ALL {old})"
    texts = f"({_row(text_columns(marked), 'NEW')})"
    checks = check_texts(marked, texts, LOWER, NOT_ASCII) if complete else None
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns(marked))
    which = changed_columns(marked, "OLD", "NEW", DISTINCT)
    table = marked.model._meta.db_table
    bodies = {
        "INSERT": [marking(rows=f"({new})")] if with_insert else [],
        "UPDATE": [marking(rows=both, changed=which)] if marked.marks else [],
        "DELETE": [marking(rows=f"({old})", gone=True)] if marked.marks else [],
    }
    if checks:
        bodies["INSERT"].append(checks)
        bodies["UPDATE"].append(checks)
    for event, made in bodies.items():
        # A bulk write inserts roll-up rows at its end, but those of deleted customers go at once.
        if complete or (event == "DELETE" and marked.marks):
            made += roll_up_rows(marked, event, f"({new})" if event == "INSERT" else f"({old})")
    found = {}
    for event, statements in bodies.items():
        if statements:
            name = f"{PREFIX}_{table}_{event.lower()}"
            when = f" WHEN {differs}" if event == "UPDATE" else ""
            found[name] = (
                f'{create} "{name}" AFTER {event} ON "{table}"{when}'
                f" BEGIN {'; '.join(statements)}; END"
            )
    return found | _following(marked, create)


def _following(marked: Marked, create: str) -> dict[str, str]:
    """Return the triggers that keep copied columns equal.

    They are separate from the triggers that mark: a trigger does not fire itself, and the changes
    of these triggers have to be marked.
    """
    names = columns_of(marked.model)
    table = marked.model._meta.db_table
    if not names:
        return {}
    statements = [
        statement
        for _query, statement in corrections(DISTINCT, marked.model, f"({_row(names, 'NEW')})")
    ]
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in names)
    return {
        f"{PREFIX}_{table}_{event.lower()}_followed": (
            f'{create} "{PREFIX}_{table}_{event.lower()}_followed" AFTER {event} ON "{table}"{when}'
            f" BEGIN {'; '.join(statements)}; END"
        )
        for event, when in (("INSERT", ""), ("UPDATE", f" WHEN {differs}"))
    }


def _row(names: list[str], side: str) -> str:
    return "SELECT " + ", ".join(f"{side}.{name} AS {name}" for name in names)


# The installed triggers in the same format.
INSTALLED = f"""
SELECT name, sql, tbl_name, name, '' FROM sqlite_master WHERE type = 'trigger'
AND name LIKE '{PREFIX}\\_%' ESCAPE '\\'
"""


def removal(_table: str, trigger: str) -> str:
    """Return the statement that removes a trigger."""
    return f'DROP TRIGGER "{trigger}"'
