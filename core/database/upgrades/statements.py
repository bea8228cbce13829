"""Analysis of one statement of PostgreSQL: its locks, rewrites and effects on old code.

No parser of SQL: statements are those that Django makes, or that a migration writes plainly. A
statement of another form is `unknown_sql`, never passed over.
"""

import re
from collections.abc import Iterator

import sqlparse

from core.database.upgrades.alterations import read_action, split_actions
from core.database.upgrades.refusals import Code, Finding
from core.database.upgrades.tables import NAME, Tables, bare_name

# Rows that one transaction may change.
MOST_ROWS = 10_000
# Statements that neither lock a table that is in use for long nor take anything away.
HARMLESS = re.compile(
    r"""(
    CREATE\s+(OR\s+REPLACE\s+)?(TEMP(ORARY)?\s+)?
        (VIEW|FUNCTION|PROCEDURE|SEQUENCE|EXTENSION|SCHEMA|TYPE|DOMAIN|COLLATION|STATISTICS|TRIGGER)
    | ALTER\s+SEQUENCE | ALTER\s+TYPE\s+\S+\s+ADD\s+VALUE | COMMENT\s+ON | GRANT\b | ANALYZE\b
    | SET\b | RESET\b | INSERT\s+INTO\b | REINDEX\s.*\bCONCURRENTLY\b
    | REFRESH\s+MATERIALIZED\s+VIEW\s+CONCURRENTLY\b
    )""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
LOCKING = re.compile(
    r"(LOCK|CLUSTER|VACUUM\s.*\bFULL\b|VACUUM|REINDEX|TRUNCATE|REFRESH\s+MATERIALIZED)\b",
    re.IGNORECASE | re.DOTALL,
)
INDEX = re.compile(
    rf"CREATE\s+(UNIQUE\s+)?INDEX\s+(?P<concurrently>CONCURRENTLY\s+)?(IF\s+NOT\s+EXISTS\s+)?"
    rf"(?:{NAME}\s+)?ON\s+(ONLY\s+)?(?P<table>{NAME})",
    re.IGNORECASE,
)
CREATE_TABLE = re.compile(
    rf"CREATE\s+(UNLOGGED\s+|TEMP(ORARY)?\s+)?TABLE\s+(IF\s+NOT\s+EXISTS\s+)?(?P<table>{NAME})",
    re.IGNORECASE,
)
ALTER_TABLE = re.compile(
    rf"ALTER\s+TABLE\s+(IF\s+EXISTS\s+)?(ONLY\s+)?(?P<table>{NAME})\s*\*?\s+(?P<actions>.+)",
    re.IGNORECASE | re.DOTALL,
)
DROP = re.compile(
    rf"DROP\s+(MATERIALIZED\s+)?(?P<kind>\w+)\s+(CONCURRENTLY\s+)?(IF\s+EXISTS\s+)?(?P<name>{NAME})"
    rf"(\s*\([^)]*\))?(\s+ON\s+(?P<table>{NAME}))?",
    re.IGNORECASE,
)
RENAME = re.compile(rf"ALTER\s+\w+\s+(IF\s+EXISTS\s+)?(?P<name>{NAME}).*\sRENAME\b", re.IGNORECASE)
ROWS = re.compile(
    rf"(?:WITH\b.*?)?(?P<verb>UPDATE|DELETE\s+FROM)\s+(ONLY\s+)?(?P<table>{NAME})",
    re.IGNORECASE | re.DOTALL,
)
LIMIT = re.compile(r"\bLIMIT\s+(\d+)", re.IGNORECASE)


def split_statements(sql: str) -> list[str]:
    """Return the statements of `sql`, without comments and blanks around them."""
    bare = sqlparse.format(sql, strip_comments=True)
    return [one.strip().rstrip(";").strip() for one in sqlparse.split(bare) if one.strip(" \n;")]


def read_statement(sql: str, tables: Tables) -> Iterator[Finding]:
    """Yield what `sql`, one statement, does to tables that exist already.

    `tables` learns which tables and constraints it makes.
    """
    if found := CREATE_TABLE.match(sql):
        tables.created.add(bare_name(found["table"]))
    elif found := INDEX.match(sql):
        table = bare_name(found["table"])
        if not found["concurrently"] and table not in tables.created:
            what = f"CREATE INDEX without CONCURRENTLY on {table} (locks writing)"
            yield Finding(Code.INDEX_NOT_CONCURRENT, what, table)
    elif found := ALTER_TABLE.match(sql):
        table = bare_name(found["table"])
        if table not in tables.created:
            for action in split_actions(found["actions"]):
                yield from read_action(action, table, tables)
    elif found := DROP.match(sql):
        yield from _read_drop(found, tables)
    elif found := ROWS.match(sql):
        yield from _read_rows(sql, found, tables)
    elif found := RENAME.match(sql):
        yield Finding(Code.RENAMES, f"RENAME of {bare_name(found['name'])} (old code asks for it)")
    elif LOCKING.match(sql) and not HARMLESS.match(sql):
        yield Finding(Code.LOCKS_TABLE, f"{_beginning(sql)} (locks a table)")
    elif not HARMLESS.match(sql):
        what = f"{_beginning(sql)} is not known here: declare contract or offline"
        yield Finding(Code.UNKNOWN_SQL, what)


def _read_drop(found: re.Match[str], tables: Tables) -> Iterator[Finding]:
    name, table = bare_name(found["name"]), bare_name(found["table"] or "")
    if name not in tables.created and table not in tables.created:
        place = f" on {table}" if table else ""
        what = f"DROP {found['kind'].upper()} {name}{place} (old code may use it)"
        yield Finding(Code.DROPS, what, table or name)


def _read_rows(sql: str, found: re.Match[str], tables: Tables) -> Iterator[Finding]:
    table = bare_name(found["table"])
    limits = [int(number) for number in LIMIT.findall(sql)]
    is_small = bool(limits) and max(limits) <= MOST_ROWS
    if table not in tables.created and (tables.is_atomic or not is_small):
        what = f"{found['verb'].upper()} {table} in one transaction, not in batches of 10,000"
        yield Finding(Code.DATA_IN_TRANSACTION, what, table)


def _beginning(sql: str) -> str:
    words = sql.split()
    return " ".join(words[:4]) + (" ..." if len(words) > 4 else "")
