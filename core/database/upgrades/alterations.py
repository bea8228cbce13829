"""Reads what follows ALTER TABLE: columns and constraints, added, changed and dropped."""

import re
from collections.abc import Iterator

from core.database.upgrades.refusals import Code, Finding
from core.database.upgrades.tables import NAME, Tables, bare_name

ADD_COLUMN = re.compile(
    rf"ADD\s+(?!CONSTRAINT\b|UNIQUE\b|PRIMARY\b|CHECK\b|FOREIGN\b|EXCLUDE\b)(COLUMN\s+)?"
    rf"(IF\s+NOT\s+EXISTS\s+)?(?P<column>{NAME})\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
ADD_CONSTRAINT = re.compile(
    rf"ADD\s+(CONSTRAINT\s+(?P<name>{NAME})\s+)?(?P<kind>UNIQUE|PRIMARY|CHECK|FOREIGN|EXCLUDE)\b"
    rf"(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
ALTER_COLUMN = re.compile(
    rf"ALTER\s+(COLUMN\s+)?(?P<column>{NAME})\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL
)
VALIDATE = re.compile(rf"VALIDATE\s+CONSTRAINT\s+(?P<name>{NAME})", re.IGNORECASE)
DROP = re.compile(
    rf"DROP\s+((?P<kind>COLUMN|CONSTRAINT)\s+)?(IF\s+EXISTS\s+)?(?P<name>{NAME})", re.IGNORECASE
)
TYPE = re.compile(
    rf"(SET\s+DATA\s+)?TYPE\s+(?P<type>.+?)(\s+COLLATE\s+(?P<collation>{NAME}))?"
    rf"(\s+USING\s+(?P<value>.*))?$",
    re.IGNORECASE | re.DOTALL,
)
NOT_NULL_CHECK = re.compile(rf"\s*\(+\s*(?P<column>{NAME})\s+IS\s+NOT\s+NULL\s*\)+", re.IGNORECASE)
DEFAULT = re.compile(
    r"\bDEFAULT\s+(?P<value>.+?)(?=\s+(NOT\s+NULL|NULL|CONSTRAINT|CHECK|UNIQUE|PRIMARY|REFERENCES|"
    r"COLLATE|GENERATED)\b|$)",
    re.IGNORECASE | re.DOTALL,
)
CALL = re.compile(r"([a-z_][\w.]*)\s*\(", re.IGNORECASE)
TEXTS = re.compile(r"'(?:[^']|'')*'")
# Functions whose value is one for a whole statement: a default that needs no rewriting.
STABLE = {
    *(
        "now",
        "statement_timestamp",
        "transaction_timestamp",
        "lower",
        "upper",
        "concat",
        "coalesce",
    ),
    *("cast", "to_char", "to_timestamp", "jsonb_build_object", "jsonb_build_array", "date_trunc"),
    *("numeric", "varchar", "decimal", "timestamp", "interval", "char", "bit", "time"),
}
HARMLESS = re.compile(
    r"(SET\s*\(|RESET\s*\(|ALTER\s+(COLUMN\s+)?\S+\s+(SET\s+(STATISTICS|STORAGE|COMPRESSION|\()|"
    r"DROP\s+NOT\s+NULL|SET\s+DEFAULT)|OWNER\s+TO|REPLICA\s+IDENTITY)",
    re.IGNORECASE,
)
REWRITING = re.compile(
    r"SET\s+(TABLESPACE|LOGGED|UNLOGGED|ACCESS\s+METHOD|WITH(OUT)?\s)", re.IGNORECASE
)
LENGTH = re.compile(r"(?:varchar|character varying)\s*\((\d+)\)$")
DECIMAL = re.compile(r"(?:numeric|decimal)\s*\((\d+)\s*,\s*(\d+)\)$")
PARTS = re.compile(r"""("[^"]*"|'(?:[^']|'')*'|[(),])""")


def split_actions(text: str) -> list[str]:
    """Return the actions of an ALTER TABLE, which stand between commas outside of brackets."""
    actions, depth = [""], 0
    for part in PARTS.split(text):
        depth += (part == "(") - (part == ")")
        if part == "," and depth == 0:
            actions.append("")
        else:
            actions[-1] += part
    return [action.strip() for action in actions]


def read_action(action: str, table: str, tables: Tables) -> Iterator[Finding]:
    """Yield what one action of ALTER TABLE does to `table`, which exists already."""
    if found := ADD_COLUMN.match(action):
        yield from _read_column(bare_name(found["column"]), found["rest"], table, tables)
    elif found := ADD_CONSTRAINT.match(action):
        yield from _read_constraint(found, table, tables)
    elif found := VALIDATE.match(action):
        yield from _read_validation(bare_name(found["name"]), table, tables)
    elif re.match(r"RENAME\b", action, re.IGNORECASE):
        yield Finding(
            Code.RENAMES, f"{action.split(' TO ')[0]} of {table} (old code asks for it)", table
        )
    elif HARMLESS.match(action):
        return
    elif found := ALTER_COLUMN.match(action):
        yield from _read_changed(bare_name(found["column"]), found["rest"], table, tables)
    elif found := DROP.match(action):
        what = f"DROP {(found['kind'] or 'COLUMN').upper()} {bare_name(found['name'])} of {table}"
        yield Finding(Code.DROPS, f"{what} (old code may use it)", table)
    elif REWRITING.match(action):
        yield Finding(Code.REWRITES_TABLE, f"{action} rewrites {table}", table)
    elif re.match(r"(ATTACH|DISABLE|ENABLE|INHERIT|CLUSTER)\b", action, re.IGNORECASE):
        yield Finding(Code.LOCKS_TABLE, f"{action.split()[0].upper()} locks {table}", table)
    else:
        what = f"ALTER TABLE {table} {action[:40]} is not known here: declare contract or offline"
        yield Finding(Code.UNKNOWN_SQL, what, table)


def _read_column(column: str, rest: str, table: str, tables: Tables) -> Iterator[Finding]:
    place, words = f"{table}.{column}", TEXTS.sub("''", rest)
    default = DEFAULT.search(words)
    if re.search(r"\b(UNIQUE|PRIMARY\s+KEY)\b", words, re.IGNORECASE):
        what = f"ADD COLUMN {place} UNIQUE without an index that is there (locks the table)"
        yield Finding(Code.UNIQUE_WITHOUT_INDEX, what, table)
    if re.search(r"\bGENERATED\b|\b(BIG|SMALL)?SERIAL\b", words, re.IGNORECASE):
        what = f"ADD COLUMN {place}, whose value is computed for each row (rewrites the table)"
        yield Finding(Code.REWRITES_TABLE, what, table)
    elif default and not _is_constant(default["value"]):
        what = f"ADD COLUMN {place} with a default that is not constant (rewrites the table)"
        yield Finding(Code.REWRITES_TABLE, what, table)
    elif re.search(r"\bNOT\s+NULL\b", words, re.IGNORECASE):
        if default:
            tables.defaulted.add((table, column))
        else:
            yield _without_default(place, table)
    if re.search(r"\bCHECK\s*\(", words, re.IGNORECASE) or (
        default and re.search(r"\bREFERENCES\b", words, re.IGNORECASE)
    ):
        what = f"ADD COLUMN {place} with a constraint that reads every row (locks the table)"
        yield Finding(Code.CONSTRAINT_VALIDATES, what, table)


def _without_default(place: str, table: str) -> Finding:
    what = (
        f"{place} is NOT NULL without a default of the database (old code inserts rows without it)"
    )
    return Finding(Code.COLUMN_WITHOUT_DATABASE_DEFAULT, what, table)


def _is_constant(value: str) -> bool:
    return all(name.lower() in STABLE for name in CALL.findall(value))


def _read_constraint(found: re.Match[str], table: str, tables: Tables) -> Iterator[Finding]:
    name, rest = bare_name(found["name"] or ""), found["rest"]
    if found["kind"].upper() in ("UNIQUE", "PRIMARY", "EXCLUDE"):
        if not re.search(r"\bUSING\s+INDEX\s+(?!TABLESPACE\b)", rest, re.IGNORECASE):
            what = f"ADD CONSTRAINT {name} on {table} builds its index (locks writing)"
            yield Finding(Code.UNIQUE_WITHOUT_INDEX, what, table)
    elif re.search(r"\bNOT\s+VALID\b", rest, re.IGNORECASE):
        check = NOT_NULL_CHECK.match(rest)
        tables.not_valid[table, name] = bare_name(check["column"]) if check else ""
        tables.added_here.add((table, name))
    else:
        what = f"ADD CONSTRAINT {name} on {table} without NOT VALID (checks every row)"
        yield Finding(Code.CONSTRAINT_VALIDATES, what, table)


def _read_validation(name: str, table: str, tables: Tables) -> Iterator[Finding]:
    if column := tables.not_valid.pop((table, name), ""):
        tables.never_null.add((table, column))
    if tables.is_atomic and (table, name) in tables.added_here:
        what = f"VALIDATE CONSTRAINT {name} on {table} in the transaction that adds it (locks it)"
        yield Finding(Code.CONSTRAINT_VALIDATES, what, table)


def _read_changed(column: str, rest: str, table: str, tables: Tables) -> Iterator[Finding]:
    place = f"{table}.{column}"
    if re.match(r"SET\s+NOT\s+NULL", rest, re.IGNORECASE):
        is_checked = (table, column) in tables.never_null
        why = "old code may leave it empty" if is_checked else "no validated check; reads every row"
        what = f"SET NOT NULL on {place} ({why})"
        yield Finding(Code.NOT_NULL_WITHOUT_CHECK, what, table, is_contract=is_checked)
    elif re.match(r"DROP\s+DEFAULT", rest, re.IGNORECASE):
        # Old code may leave a nullable column empty.
        if (table, column) in tables.defaulted or tables.is_required(table, column):
            yield _without_default(place, table)
    elif found := TYPE.match(rest):
        if not _keeps_rows(found, column, tables.type_of(table, column)):
            what = f"ALTER COLUMN {place} TYPE {found['type'].strip()} (rewrites the table)"
            yield Finding(Code.REWRITES_TABLE, what, table)
    elif re.match(r"(DROP|ADD|SET)\s+(IDENTITY|GENERATED|EXPRESSION)", rest, re.IGNORECASE):
        yield Finding(Code.REWRITES_TABLE, f"ALTER COLUMN {place} {rest}", table)
    else:
        what = f"ALTER COLUMN {place} {rest[:40]} is not known here: declare contract or offline"
        yield Finding(Code.UNKNOWN_SQL, what, table)


def _keeps_rows(found: re.Match[str], column: str, old: str) -> bool:
    """Return whether a change of a column of type `old` leaves its rows and indexes as they are.

    `old` ends with COLLATE and a name where the column has a collation of its own: another one
    builds its indexes again. A value that is no plain cast of the column rewrites the table.
    """
    type_, _sep, collation = old.partition(" COLLATE ")
    if bare_name(found["collation"] or "") != bare_name(collation):
        return False
    new = found["type"].strip()
    is_plain = found["value"] in (None, f"{column}::{new}", f'"{column}"::{new}')
    return is_plain and _is_wider(type_, new.lower())


def _is_wider(old: str, new: str) -> bool:
    """Return whether a column of the type `old` becomes `new` without a look at its rows."""
    old = old.lower()
    if new == old:
        return True
    if new in ("text", "varchar", "character varying"):
        return old.startswith(("varchar", "character varying", "text"))
    if (length := LENGTH.match(old)) and (longer := LENGTH.match(new)):
        return int(length[1]) <= int(longer[1])
    if (number := DECIMAL.match(old)) and (larger := DECIMAL.match(new)):
        return int(number[1]) <= int(larger[1]) and number[2] == larger[2]
    return False
