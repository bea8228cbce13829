"""Import campaigns and touches of customers: all rows of a directory, or none."""

from pathlib import Path

from django.db import DEFAULT_DB_ALIAS

from customers.imports.directory import import_directory, other_files
from customers.imports.further_files import FurtherFile, all_tables
from customers.imports.problems import BadCell
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress, Run
from customers.imports.shop_tables.plain_rows import import_rows
from customers.imports.staging import cells
from customers.imports.staging.keys_and_references import refuse_duplicates, refuse_unknown
from customers.imports.staging.resolve import resolve
from customers.imports.storing.upsert import upsert
from customers.imports.tables import Table
from predictions.models import Touch, TouchCampaign


def _code(cell: str) -> cells.Value:
    # Campaigns of other apps have codes with a colon, such as `mail:CODE`.
    if ":" in cell:
        raise BadCell("colon")
    return cells.Text(64)(cell)


def _read_cost(cell: str) -> int:
    units = cells.number(cell)
    if units < 0:
        raise BadCell("negative")
    return units


CAMPAIGNS = Table(
    "campaigns",
    TouchCampaign,
    key=("code",),
    required=("code", "name", "cost"),
    optional=("channel", "starts_at", "ends_at"),
    converts={"code": _code, "cost": _read_cost},
    is_small=True,
)
TOUCHES = Table(
    "touches",
    Touch,
    key=("customer", "campaign", "at", "group"),
    required=("customer", "campaign", "at"),
    optional=("group", "id"),
    fields={"id": "external_id"},
    codes={"campaign": "campaigns"},
    references={"customer": "customers"},
)
HAS_NUMBER, HAS_NONE = "s.external_id <> ''", "s.external_id = ''"


def import_touches(
    directory: Path,
    *,
    skip_bad_rows: Path | None = None,
    progress: OnProgress | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> ImportReport:
    """Import `campaigns.csv` and `touches.csv` of `directory` (docs/predictions.md).

    The files follow the rules of a shop's files and may lie in the same directory. Parameters and
    errors raised are those of `customers.imports.directory.import_directory`.
    """
    report = import_directory(
        directory,
        [one.table for one in FILES],
        _import_files,
        skip_bad_rows=skip_bad_rows,
        progress=progress,
        using=using,
    )
    report.ignored = other_files(directory, all_tables())
    return report


def _import_files(run: Run) -> None:
    for one in FILES:
        one.load(run)


def _import_campaigns(run: Run) -> None:
    import_rows(run, CAMPAIGNS)


def _import_touches(run: Run) -> None:
    staged = run.read(TOUCHES)
    if not staged:
        return
    refuse_duplicates(run, staged, ("id",), HAS_NUMBER)
    refuse_duplicates(run, staged, TOUCHES.key, HAS_NONE)
    refuse_unknown(run, staged, ("customer",))
    numbered, others = (resolve(staged, joins=f"WHERE {which}") for which in (HAS_NUMBER, HAS_NONE))
    target, columns = str(Touch._meta.db_table), list(numbered.columns)
    created, updated = upsert(
        run.sql,
        target,
        key=["external_id"],
        resolved=numbered.select,
        columns=columns,
        updatable=[
            str(TOUCHES.field_of(column).column) for column in TOUCHES.key if staged.has(column)
        ],
        unique_where="external_id > ''",
    )
    # Rows without an id have all columns in their key: there is nothing to update.
    more, _none = upsert(
        run.sql, target, key=columns, resolved=others.select, columns=columns, updatable=[]
    )
    run.finish(staged, created + more, updated)
    staged.stage.drop()


FILES = (FurtherFile(CAMPAIGNS, _import_campaigns), FurtherFile(TOUCHES, _import_touches))
