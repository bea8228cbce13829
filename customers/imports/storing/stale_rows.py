"""Rows that are older than the stored ones, by their own time: they change nothing.

A shop writes its nightly file hours before the import reads it; an event or the customer may have
changed the stored row since.
"""

from dataclasses import replace

from core.clock import CLOCKS_APART, ZONES_APART, now
from customers.imports.run import Run, Staged
from customers.imports.staging.resolve import Resolved
from customers.imports.staging.staging_tables import staged_name
from customers.imports.storing.sql import Sql
from customers.imports.storing.upsert import matching
from customers.imports.tables import Table
from customers.models import Customer, NewsletterSubscription
from customers.models.identity.newsletter import UNDATED


def drop_stale_rows(run: Run, staged: Staged, rows: Resolved) -> None:
    """Remove the older rows from the staging table, and count them in the report.

    The table `import_same` keeps their `source_line` and the `name` of their key.
    """
    table = staged.table
    target = str(table.model._meta.db_table)
    if not table.dated or not staged.has(table.dated) or not run.sql.has_rows(target):
        return
    # The row's own time, not what stands in for an empty cell.
    own = f's."{table.field_of(table.dated).column}"'
    dated = replace(rows, also={**rows.also, "dated": own})
    key = [str(table.field_of(column).column) for column in table.key]
    run.sql.make(
        "import_same",
        f'SELECT r.source_line, r."{key[0]}" AS name FROM ({dated.select}) AS r'
        f" JOIN {target} AS t ON {matching(key, 't', 'r')}"
        f" WHERE {is_older(run.sql, table, 'r', 't', 'r.dated')}",
        key="source_line",
    )
    staged.report.older += run.keep(staged, "e.source_line = s.source_line")


def date_statements(run: Run, staged: Staged) -> None:
    """Date the staged statements of the future as `received_moment` does.

    A refusal that is less than `ZONES_APART` ahead is a new one, written in local time. One that is
    dated further ahead, as 2099, keeps the time of a stored refusal: each night's file repeats the
    refusal, and would undo every consent to the address since.
    """
    table = staged.table
    if table.agrees is None or not staged.has(table.dated):
        return
    (name, yes, no), sql = table.agrees, run.sql
    moment = f'"{table.field_of(table.dated).column}"'
    soon, local = (sql.moment(now() + apart) for apart in (CLOCKS_APART, ZONES_APART))
    stored = (
        f"SELECT t.{moment} FROM {NewsletterSubscription._meta.db_table} AS t"
        f" JOIN {Customer._meta.db_table} AS c ON c.id = t.customer_id"
        f' WHERE c.external_id = s."{staged_name(table, table.customer)}"'
        f" AND t.store_id = s.store_id AND t.{name} = s.{name} AND t.{moment} <= {sql.present}"
    )
    run.sql.run(
        f"UPDATE {staged.stage.name} AS s SET {moment} = CASE"
        f" WHEN s.{moment} <= {soon} THEN {sql.present_time}"
        f" WHEN s.{name} = '{yes}' THEN {sql.moment(UNDATED)}"
        f" WHEN s.{name} = '{no}' AND s.{moment} <= {local} THEN {sql.present_time}"
        f" ELSE COALESCE(({stored}), {sql.present_time}) END WHERE s.{moment} > {sql.present}"
    )


def is_older(sql: Sql, table: Table, row: str, stored: str, moment: str = "") -> str:
    """Return the SQL condition that the row `row`, dated `moment`, is older than `stored`.

    Rows that state somebody's consent compare as `NewsletterSubscription.outdates` does.
    """
    column = f'"{table.field_of(table.dated).column}"'
    moment, known = moment or f"{row}.{column}", f"{stored}.{column}"
    is_earlier = f"{moment} < {known}"
    if table.agrees is None:
        return is_earlier
    name, yes, no = table.agrees
    present = sql.present
    new, old = f"{row}.{name}", f"{stored}.{name}"
    undoes = f"{new} = '{yes}' AND {old} <> '{yes}'"
    return (
        f"CASE WHEN {old} = '{no}' AND {new} NOT IN ('{yes}', '{no}') THEN 1 = 1"
        f" WHEN {new} = '{no}' AND {old} NOT IN ('{yes}', '{no}') THEN 1 = 0"
        f" WHEN {undoes} THEN {moment} <= {known} OR {moment} > {present}"
        f" ELSE {is_earlier} AND {known} <= {present} END"
    )
