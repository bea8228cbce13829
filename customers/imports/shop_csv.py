"""Importing a directory of CSV files: all of it or nothing, in one transaction."""

from contextlib import nullcontext
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils.translation import gettext as _

from customers.changes.once import marking_once
from customers.imports.addresses import import_addresses
from customers.imports.bare import bare_while_filled
from customers.imports.categories import import_categories
from customers.imports.checks import refuse_duplicates, refuse_unknown
from customers.imports.events import import_events
from customers.imports.hanging import upsert_with_hanging
from customers.imports.lines import import_with_lines
from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.products import create_missing_products
from customers.imports.refused_rows import write_refused_rows
from customers.imports.report import ImportReport
from customers.imports.resolve import resolve
from customers.imports.run import OnProgress, Run
from customers.imports.sales import (
    CARTS_WITH_LINES,
    ORDERS_WITH_LINES,
    REFUNDS_WITH_LINES,
)
from customers.imports.sql import Sql
from customers.imports.tables import (
    CUSTOMER_ATTRIBUTES,
    CUSTOMER_GROUPS,
    CUSTOMERS,
    LOGINS,
    NEWSLETTER_SUBSCRIPTIONS,
    PRODUCT_ATTRIBUTES,
    PRODUCT_VIEWS,
    PRODUCTS,
    STORES,
    TABLES,
    WEBSITES,
    WISHLIST_ITEMS,
    WISHLISTS,
    Table,
)
from customers.imports.upsert import upsert
from customers.signals import shop_imported


def import_shop(
    directory: Path,
    *,
    skip_bad_rows: Path | None = None,
    progress: OnProgress | None = None,
    lock_empty_tables: bool = False,
    using: str = DEFAULT_DB_ALIAS,
) -> ImportReport:
    """Import the CSV files of `directory` (docs/data-model.md has their columns).

    Raises ImportRefused, with nothing written, where a row is bad; with `skip_bad_rows` the good
    rows are imported and the bad ones are written to that CSV file. Raises NotADirectoryError, and
    FileExistsError where that file is one of those to be imported.
    `progress` is called with file, bytes read and bytes in all. With `lock_empty_tables` PostgreSQL
    fills tables without rows faster, and whoever asks for these waits for the end
    (`customers.imports.bare`).
    """
    if not directory.is_dir():
        raise NotADirectoryError(_("There is no directory “{path}”.").format(path=directory))
    sources = {(directory / table.file).resolve() for table in TABLES}
    if skip_bad_rows and skip_bad_rows.resolve() in sources:
        message = _("“{path}” is a file of the shop: the refused rows go into another one.")
        raise FileExistsError(message.format(path=skip_bad_rows))
    connection = connections[using]
    connection.ensure_connection()
    with Sql(connection).waiting_long(), transaction.atomic(using=using):
        Sql(connection).prepare()
        run = Run(connection, directory, progress)
        bare = bare_while_filled(run.sql, directory) if lock_empty_tables else nullcontext()
        with marking_once(using=using), bare:
            _import_files(run)
            problems, total = run.refusals.problems()
            if run.refusals.broken or (problems and skip_bad_rows is None):
                raise ImportRefused(problems, total)
        if skip_bad_rows is not None:
            write_refused_rows(run, skip_bad_rows)
        if run.report.has_changes:
            transaction.on_commit(
                lambda: shop_imported.send_robust(ImportReport, report=run.report), using=using
            )
    run.report.files.sort(key=lambda report: [table.file for table in TABLES].index(report.file))
    run.report.ignored = _unknown_files(directory)
    return run.report


def _import_files(run: Run) -> None:
    """Import every file after the files that it refers to."""
    for table in (WEBSITES, STORES, CUSTOMER_GROUPS):
        _import_rows(run, table)
    for table in (CUSTOMER_ATTRIBUTES, PRODUCT_ATTRIBUTES):
        _import_rows(run, table)
    import_categories(run)
    _import_customers(run)
    import_addresses(run)
    _import_rows(run, NEWSLETTER_SUBSCRIPTIONS)
    import_events(run, LOGINS)
    _import_rows(run, PRODUCTS)
    import_with_lines(run, ORDERS_WITH_LINES)
    import_with_lines(run, REFUNDS_WITH_LINES)
    import_with_lines(run, CARTS_WITH_LINES)
    _import_rows(run, WISHLISTS)
    _import_wishlist_items(run)
    import_events(run, PRODUCT_VIEWS)


def _import_rows(run: Run, table: Table) -> None:
    """Import a file whose rows need nothing but ids for the names in them."""
    staged = run.read(table)
    if not staged:
        return
    refuse_duplicates(run, staged)
    refuse_unknown(run, staged, tuple(table.references))
    if table in (CUSTOMER_ATTRIBUTES, PRODUCT_ATTRIBUTES):
        _refuse_other_types(run, table)
    rows = resolve(staged)
    if len(table.key) == 1 and table.key[0] not in table.references:
        counts = upsert_with_hanging(run, staged, rows)
    else:
        counts = upsert(
            run.sql,
            str(table.model._meta.db_table),
            key=[str(table.field_of(column).column) for column in table.key],
            resolved=rows.select,
            columns=list(rows.columns),
            updatable=rows.updatable,
        )
    run.finish(staged, *counts)
    staged.stage.drop()


def _refuse_other_types(run: Run, table: Table) -> None:
    """Refuse to give an attribute another type while values of the old one are stored."""
    values = {
        CUSTOMER_ATTRIBUTES: CUSTOMERS.attributes,
        PRODUCT_ATTRIBUTES: PRODUCTS.attributes,
    }[table]
    assert values is not None
    found = run.refusals.add_selected(
        table,
        "type",
        "type_in_use",
        f"SELECT s.source_line, s.code, NULL, s.type FROM import_{table.name} AS s"
        f" JOIN {table.model._meta.db_table} AS t ON t.code = s.code WHERE t.type <> s.type"
        f" AND EXISTS (SELECT 1 FROM {values.value._meta.db_table} AS v"
        " WHERE v.attribute_id = t.id)",
    )
    if found:
        run.sql.run(
            f"DELETE FROM import_{table.name} WHERE source_line IN"
            f" (SELECT line FROM import_refused WHERE file = '{table.name}')"
        )


def _import_customers(run: Run) -> None:
    staged = run.read(CUSTOMERS)
    if not staged:
        return
    refuse_duplicates(run, staged)
    store = "(SELECT id FROM customers_store WHERE code = 'default')"
    website = "(SELECT id FROM customers_website WHERE code = 'default')"
    rows = resolve(
        staged,
        {
            "store_id": f"COALESCE(s.store_id, {store})",
            # Who names a store but no website belongs to the store's website.
            "website_id": f"COALESCE(s.website_id, named.website_id, {website})",
        },
        "LEFT JOIN customers_store AS named ON named.id = s.store_id",
    )
    run.finish(staged, *upsert_with_hanging(run, staged, rows))
    for stage in (staged.stage, *staged.elements.values()):
        stage.drop()


def _import_wishlist_items(run: Run) -> None:
    staged = run.read(WISHLIST_ITEMS)
    if not staged:
        return
    refuse_duplicates(run, staged)
    refuse_unknown(run, staged, ("customer",))
    create_missing_products(run, staged)
    customer = "JOIN customers_customer AS c ON c.external_id = s.ref_customer"
    run.sql.run(
        "INSERT INTO customers_wishlist (customer_id, is_shared) SELECT c.id, false"
        f" FROM {staged.stage.name} AS s {customer} WHERE true"
        " GROUP BY c.id ORDER BY MIN(s.source_line) ON CONFLICT (customer_id) DO NOTHING"
    )
    rows = resolve(
        staged,
        {"wishlist_id": "w.id"},
        "LEFT JOIN customers_wishlist AS w ON w.customer_id = r_customer.id",
    )
    counts = upsert(
        run.sql,
        "customers_wishlistitem",
        key=("wishlist_id", "product_id"),
        resolved=rows.select,
        columns=list(rows.columns),
        updatable=rows.updatable,
    )
    run.finish(staged, *counts)
    staged.stage.drop()


def _unknown_files(directory: Path) -> list[str]:
    known = {table.file for table in TABLES}
    return sorted(path.name for path in directory.glob("*.csv") if path.name not in known)


__all__ = ["ImportProblem", "ImportRefused", "import_shop"]
