"""Triggers on PostgreSQL: one call per statement, with all rows that the statement changed."""

from collections.abc import Collection

from customers.changes.declared import Marked
from customers.changes.following import columns_of, corrections, leaders_of
from customers.changes.statements import (
    CUSTOMER,
    DIRTY,
    changed_columns,
    check_texts,
    columns,
    counts_new_rows,
    has_growing_keys,
    key_column,
    leading_columns,
    mark,
    roll_up_rows,
    text_columns,
    touch,
)
from customers.models import Customer

PREFIX = "tranche_mark"
# With the value APART in a transaction, marks go to a temporary table (`customers.changes.once`).
SETTING = "tranche.marking"
APART = "apart"
NOW = "clock_timestamp()"
LOWER = 'lower({} COLLATE "C")'
NOT_ASCII = "octet_length({0}) <> length({0})"
DISTINCT = "IS DISTINCT FROM"
TRANSITIONS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
    "truncate": "",
}


def function_name(marked: Marked) -> str:
    """Return the name of the function that the triggers of a table call."""
    return f"{PREFIX}_{marked.model._meta.db_table}"[:63]


def body(marked: Marked) -> str:
    """Return the function's body."""
    marks: dict[str, list[str]] = {"INSERT": [], "UPDATE": [], "DELETE": [], "TRUNCATE": []}
    if counts_new_rows(marked):
        marks["INSERT"].append(mark(marked, "new_rows", NOW))
    if marked.marks:
        # One mark for all rows of a statement that concern the same customer.
        differ = changed_columns(marked, "o", "n", DISTINCT, "bool_or({})")
        which = f"(SELECT {differ} FROM {_pairs(marked)})"
        marks["UPDATE"].append(
            _changed_rows_query(marked) + mark(marked, "changed", NOW, changed=which)
        )
        marks["DELETE"].append(mark(marked, "old_rows", NOW, gone=True))
        # After TRUNCATE the customers are no longer known, so that all customers are marked.
        of = "(SELECT CAST(NULL AS bigint) AS id) AS x" if marked.model is Customer else CUSTOMER
        marks["TRUNCATE"].append(
            f"INSERT INTO {DIRTY} (customer_id, reason, source_table, at)"
            f" SELECT id, 'event', '{marked.model._meta.db_table}', {NOW} FROM {of}"
        )
    texts = ", ".join(text_columns(marked))
    other = f"(SELECT {texts} FROM new_rows EXCEPT SELECT {texts} FROM old_rows)"
    for event, rows in (("INSERT", "new_rows"), ("UPDATE", other)):
        checks = check_texts(marked, rows, LOWER, NOT_ASCII)
        marks[event] += [checks] if checks else []
    for event, found in marks.items():
        found += roll_up_rows(marked, event, "new_rows" if event == "INSERT" else "old_rows")
    # A bulk write finds new rows by their keys at its end; where the keys are not growing numbers,
    # the triggers note the customers of new rows.
    by_key = has_growing_keys(marked) or not counts_new_rows(marked)
    # A bulk write inserts roll-up rows at its end, but those of deleted customers go at once.
    apart = {
        "INSERT": [] if by_key else [touch(marked, "new_rows")],
        "UPDATE": [_changed_rows_query(marked) + touch(marked, "changed")],
        "DELETE": [touch(marked, "old_rows"), *roll_up_rows(marked, "DELETE", "old_rows")],
    }
    if not marked.marks:
        apart = {}
    return f"""
BEGIN
{_follow(marked)}
IF current_setting('{SETTING}', true) = '{APART}' THEN
{_branches(apart)}
ELSE
{_branches(marks)}
END IF;
RETURN NULL;
END
"""


def _pairs(marked: Marked) -> str:
    """Return the full join of the rows before (`o`) and after (`n`), matched by their keys."""
    key = f'"{key_column(marked)}"'
    return f"old_rows AS o FULL JOIN new_rows AS n ON o.{key} = n.{key}"


def _changed_rows_query(marked: Marked) -> str:
    """Return `changed`: the leading columns of changed rows, with their old and new values."""
    names = leading_columns(marked)
    both = ", ".join(
        f"{side}.{name} AS {side}{at}" for side in "on" for at, name in enumerate(names)
    )
    either = " UNION ALL ".join(
        "SELECT "
        + ", ".join(f"{side}{at} AS {name}" for at, name in enumerate(names))
        + " FROM pairs"
        for side in "on"
    )
    differ = " OR ".join(f"o.{name} {DISTINCT} n.{name}" for name in columns(marked))
    return (
        f"WITH pairs AS MATERIALIZED (SELECT {both} FROM {_pairs(marked)} WHERE {differ}),"
        f" changed AS ({either}) "
    )


def _follow(marked: Marked) -> str:
    """Return the code that keeps copied columns equal, during an import, too."""
    names = ", ".join(columns_of(marked.model))
    if not names:
        return ""
    changed = f"(SELECT {names} FROM new_rows EXCEPT SELECT {names} FROM old_rows)"
    return f"""DECLARE wrong boolean;
BEGIN
IF TG_OP = 'INSERT' THEN
{_correction_sql(marked, "new_rows")}
ELSIF TG_OP = 'UPDATE' THEN
{_correction_sql(marked, changed)}
END IF;
END;"""


def _correction_sql(marked: Marked, rows: str) -> str:
    lines = [
        # Lock the leading rows, so that a concurrent change of one commits before this change or
        # waits and sees it.
        f"EXECUTE $do${leaders} FOR NO KEY UPDATE OF l$do$;"
        for leaders in leaders_of(marked.model, rows)
    ]
    for query, statement in corrections(DISTINCT, marked.model, rows):
        # The correction fires the trigger again, which ends when no row is wrong.
        lines += [
            f"EXECUTE $do$SELECT EXISTS ({query})$do$ INTO wrong;",
            f"IF wrong THEN EXECUTE $do${statement}$do$; END IF;",
        ]
    return "\n".join(lines)


def _branches(by_operation: dict[str, list[str]]) -> str:
    lines: list[str] = []
    for operation, found in by_operation.items():
        if found:
            lines.append(f"{'ELSIF' if lines else 'IF'} TG_OP = '{operation}' THEN")
            # EXECUTE plans each time: a cached plan for one row, or for a table that was empty
            # then, would be reused for the fifty thousand rows that follow.
            lines += [f"EXECUTE $do${statement}$do$;" for statement in found]
    return "\n".join([*lines, "END IF;"] if lines else [])


def definitions(marked: Marked, installed: Collection[str], stamp: str) -> list[str]:
    """Return the statements that make the function of a table again, and its missing triggers.

    `installed` names the triggers that call the function already. The lock waits for writers that
    began with the previous function; no other data is read or written while it is held.
    """
    name, table = function_name(marked), marked.model._meta.db_table
    found = [
        f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE',
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql'
        f" AS $tranche${body(marked)}$tranche$",
        stamping(marked, stamp),
    ]
    for event, rows in TRANSITIONS.items():
        if f"{table} {PREFIX}_{event}" not in installed:
            found += [
                f'DROP TRIGGER IF EXISTS {PREFIX}_{event} ON "{table}"',
                f'CREATE TRIGGER {PREFIX}_{event} AFTER {event.upper()} ON "{table}"'
                + (f" REFERENCING {rows}" if rows else "")
                + f' FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()',
            ]
    return found


def stamping(marked: Marked, stamp: str) -> str:
    """Return the statement that stores the version that made the function of a table."""
    return f"COMMENT ON FUNCTION \"{function_name(marked)}\"() IS '{stamp}'"


def expected_triggers(marked: Marked) -> dict[str, str]:
    """Return the triggers that a table should have, each with its code."""
    table = marked.model._meta.db_table
    return {f"{table} {PREFIX}_{event}": body(marked) for event in TRANSITIONS}


# The installed triggers in the same format, with their stamps; disabled triggers do not count.
INSTALLED = f"""
SELECT c.relname || ' ' || t.tgname, p.prosrc, c.relname, t.tgname,
    coalesce(obj_description(p.oid, 'pg_proc'), '')
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgname LIKE '{PREFIX}\\_%' AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)
"""


def removal(table: str, trigger: str) -> str:
    """Return the statement that removes a trigger."""
    return f'DROP TRIGGER "{trigger}" ON "{table}"'
