"""Rows of merged guests: a guest's id means the customer that the guest was merged into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.imports.staging.staging_tables import staged_name
from customers.imports.tables import CUSTOMERS, Table
from customers.models import CustomerMerge

if TYPE_CHECKING:
    from customers.imports.run import Run, Staged

# The number of merges that are read at once.
BLOCK = 500
MERGES = "customers_customermerge"
PEOPLE = "customers_customer"


def resolve_merged_guests(run: Run, staged: Staged) -> None:
    """Give the staged rows of merged guests to their customers; drop the guests' own rows.

    A new refusal of marketing in a dropped row is stored for the customer.
    Of two rows with one key, the later statement is kept, else the customer's own row. Dropped rows
    count as older, since the merge is newer.
    """
    table = staged.table
    if not table.customer or not run.sql.has_rows(MERGES):
        return
    name = f's."{staged_name(table, table.customer)}"'
    merged = (
        "SELECT m.id AS merge, m.guest_external_id AS guest, c.external_id AS customer,"
        f" m.refused_marketing_at AS refused_at FROM {MERGES} AS m"
        f" JOIN {PEOPLE} AS c ON c.id = m.customer_id WHERE NOT EXISTS"
        f" (SELECT 1 FROM {PEOPLE} AS again WHERE again.external_id = m.guest_external_id)"
    )
    if table is CUSTOMERS:
        if staged.has("accepts_marketing"):
            _note_marketing(run, staged, name, merged)
        found = f"SELECT s.source_line FROM {staged.stage.name} AS s"
        run.sql.make(
            "import_same", f"{found} JOIN ({merged}) AS g ON g.guest = {name}", key="source_line"
        )
        staged.report.older += run.keep(staged, "e.source_line = s.source_line")
        return
    if table.customer in table.key:
        run.sql.make("import_same", _outdone(run, staged, name, merged), key="source_line")
        staged.report.older += run.keep(staged, "e.source_line = s.source_line")
    run.sql.run(
        f'UPDATE {staged.stage.name} AS s SET "{staged_name(table, table.customer)}" = g.customer'
        f" FROM ({merged}) AS g WHERE g.guest = {name}"
    )


def _note_marketing(run: Run, staged: Staged, name: str, merged: str) -> None:
    """Store which of the guests' rows refuse marketing now, and did not before, or the reverse."""
    changed = run.sql.rows(
        f"SELECT g.merge, s.accepts_marketing FROM {staged.stage.name} AS s JOIN ({merged}) AS g"
        f" ON g.guest = {name} WHERE s.accepts_marketing IS NOT NULL"
        " AND s.accepts_marketing = (g.refused_at IS NOT NULL)"
    )
    accepts = {merge: bool(cell) for merge, cell in changed}
    merges = CustomerMerge.objects.using(run.sql.connection.alias).order_by("customer_id", "pk")
    for start in range(0, len(accepts), BLOCK):
        for merge in merges.filter(pk__in=list(accepts)[start : start + BLOCK]):
            merge.note_marketing(accepts[merge.pk])


def _outdone(run: Run, staged: Staged, name: str, merged: str) -> str:
    """Return the query of the rows that give way to another row of the same person."""
    table = staged.table
    others = [f's."{staged_name(table, one)}"' for one in table.key if one != table.customer]
    person = ", ".join([f"COALESCE(g.customer, {name})", *others])
    has_refusal = "0"
    if table.agrees is not None:
        column, _yes, no = table.agrees
        is_refusal = f"CASE WHEN s.{column} = '{no}' THEN 1 ELSE 0 END"
        has_refusal = f"MAX({is_refusal}) OVER (PARTITION BY {person})"
    rows = (
        f"SELECT s.*, g.guest, COALESCE(g.customer, {name}) AS person,"
        f" {has_refusal} AS has_refusal FROM {staged.stage.name} AS s"
        f" LEFT JOIN ({merged}) AS g ON g.guest = {name}"
    )
    order = [
        *_latest_first(run, table),
        "CASE WHEN s.guest IS NULL THEN 0 ELSE 1 END",
        "s.source_line",
    ]
    return (
        "SELECT source_line FROM ("
        f"SELECT s.source_line, {name} AS own, FIRST_VALUE({name}) OVER"
        f" (PARTITION BY {', '.join(['s.person', *others])} ORDER BY {', '.join(order)}) AS first"
        f" FROM ({rows}) AS s) AS one WHERE own <> first"
    )


def _latest_first(run: Run, table: Table) -> list[str]:
    if not table.dated:
        return []
    moment = f's."{table.field_of(table.dated).column}"'
    if table.agrees is None:
        return [f"{moment} DESC"]
    column, yes, no = table.agrees
    is_yes = f"s.{column} = '{yes}'"
    is_unsaid = f"{is_yes} AND {moment} > {run.sql.present}"
    # Where one of the rows is a refusal, those that are no statements come last.
    is_no_statement = f"s.has_refusal = 1 AND s.{column} NOT IN ('{yes}', '{no}')"
    return [
        f"CASE WHEN {is_no_statement} THEN 1 ELSE 0 END",
        f"CASE WHEN {is_unsaid} THEN 1 ELSE 0 END",
        f"{moment} DESC",
        f"CASE WHEN {is_yes} THEN 1 ELSE 0 END",
    ]
