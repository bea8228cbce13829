"""Importing a directory of CSV files: all of it or nothing, in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, transaction

from customers.changes.once import marking_once
from customers.imports.directory import import_directory, other_files
from customers.imports.further_files import FILES, all_tables
from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.refused_rows import KeepRefused, NoteRefused
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress, Run, Staged
from customers.imports.shop_tables.addresses import import_addresses
from customers.imports.shop_tables.categories import import_categories
from customers.imports.shop_tables.child_rows import upsert_with_hanging
from customers.imports.shop_tables.consents import import_consents
from customers.imports.shop_tables.events import import_events
from customers.imports.shop_tables.lines import import_with_lines
from customers.imports.shop_tables.plain_rows import import_rows
from customers.imports.shop_tables.products import create_missing_products
from customers.imports.shop_tables.sales import (
    CARTS_WITH_LINES,
    ORDERS_WITH_LINES,
    REFUNDS_WITH_LINES,
)
from customers.imports.staging.keys_and_references import refuse_duplicates, refuse_unknown
from customers.imports.staging.resolve import Resolved, resolve
from customers.imports.storing.deferred_indexes import bare_while_filled
from customers.imports.storing.dry_run import begin_dry_run
from customers.imports.storing.upsert import upsert
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
    WEBSITES,
    WISHLIST_ITEMS,
    WISHLISTS,
)
from customers.models.identity.customer import OF_REFUSAL, announce_left
from customers.models.identity.newsletter import SubscriptionStatus
from customers.signals import shop_imported


def import_shop(
    directory: Path,
    *,
    is_dry: bool = False,
    skip_bad_rows: Path | None = None,
    progress: OnProgress | None = None,
    lock_empty_tables: bool = False,
    prepare: Callable[[], None] | None = None,
    before_commit: Callable[[ImportReport], None] | None = None,
    locate: Callable[[ImportProblem], ImportProblem] | None = None,
    keep_refused: KeepRefused | None = None,
    note_refused: NoteRefused | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> ImportReport:
    """Import the CSV files of `directory` (docs/data-model.md has their columns).

    Raises ImportRefused, with nothing written, where a row is bad or a table has two files; with
    `skip_bad_rows` the good rows are imported and the bad ones are written to that CSV file. Raises
    NotADirectoryError, and FileExistsError where that file is one of those to be imported.
    `progress` is called with file, bytes read and bytes in all. With `lock_empty_tables` PostgreSQL
    fills tables without rows faster, and other queries of these tables wait until the import ends
    (`imports.storing.deferred_indexes`); a dry run does not lock them. `prepare` is called in the
    transaction before any file is read. `is_dry`, `before_commit`, `locate`, `keep_refused` and
    `note_refused` as in `import_directory`.
    """

    tables = all_tables()

    @contextmanager
    def around(run: Run) -> Iterator[None]:
        if prepare is not None:
            prepare()
        if is_dry:
            begin_dry_run(run.sql)
        is_locked = lock_empty_tables and not is_dry
        bare = bare_while_filled(run.sql, run.sources) if is_locked else nullcontext()
        with marking_once(using=using), bare:
            yield

    def end(report: ImportReport) -> None:
        report.ignored = other_files(directory, tables)
        if before_commit is not None:
            before_commit(report)

    report = import_directory(
        directory,
        tables,
        _import_files,
        around=around,
        is_dry=is_dry,
        skip_bad_rows=skip_bad_rows,
        progress=progress,
        before_commit=end,
        locate=locate,
        keep_refused=keep_refused,
        note_refused=note_refused,
        using=using,
    )
    if report.has_changes and not is_dry:
        transaction.on_commit(
            lambda: shop_imported.send_robust(ImportReport, report=report), using=using
        )
    return report


def _import_files(run: Run) -> None:
    """Import every file after the files that it refers to."""
    for table in (WEBSITES, STORES, CUSTOMER_GROUPS):
        import_rows(run, table)
    for table in (CUSTOMER_ATTRIBUTES, PRODUCT_ATTRIBUTES):
        import_rows(run, table, check=_refuse_other_types)
    import_categories(run)
    _import_customers(run)
    import_addresses(run)
    import_rows(run, NEWSLETTER_SUBSCRIPTIONS)
    import_consents(run)
    import_events(run, LOGINS)
    import_rows(run, PRODUCTS)
    import_with_lines(run, ORDERS_WITH_LINES)
    import_with_lines(run, REFUNDS_WITH_LINES)
    import_with_lines(run, CARTS_WITH_LINES)
    import_rows(run, WISHLISTS)
    _import_wishlist_items(run)
    import_events(run, PRODUCT_VIEWS)
    for further in FILES:
        further.load(run)


def _refuse_other_types(run: Run, staged: Staged) -> None:
    """Refuse to give an attribute another type while values of the old one are stored."""
    table = staged.table
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
        run.remove_refused(staged)


def _import_customers(run: Run) -> None:
    staged = run.read(CUSTOMERS)
    if not staged:
        return
    refuse_duplicates(run, staged)
    store = "(SELECT id FROM customers_store WHERE code = 'default')"
    website = "(SELECT id FROM customers_website WHERE code = 'default')"
    present = run.sql.present_time
    refuses = "stored.accepts_marketing IS FALSE"
    stays = f"({refuses} AND (s.accepts_marketing IS NULL OR NOT stored.is_refusal_of_file))"
    refusal = f"({stays} OR s.accepts_marketing IS FALSE)"
    rows = resolve(
        staged,
        {
            "store_id": f"COALESCE(s.store_id, {store})",
            # A customer with a store but no website belongs to the store's website.
            "website_id": f"COALESCE(s.website_id, named.website_id, {website})",
            # The file has no times: a consent in it only undoes a refusal from a file, and an empty
            # cell undoes nothing (`Customer.say_marketing`).
            "accepts_marketing": f"CASE WHEN {stays} THEN false ELSE s.accepts_marketing END",
            "refused_marketing_at": (
                f"CASE WHEN {refusal} THEN COALESCE(CASE WHEN {refuses}"
                f" THEN stored.refused_marketing_at END, {present}) END"
            ),
            "is_refusal_of_file": f"{refusal} AND (NOT ({refuses}) OR stored.is_refusal_of_file)",
        },
        "LEFT JOIN customers_store AS named ON named.id = s.store_id"
        " LEFT JOIN customers_customer AS stored ON stored.external_id = s.external_id",
    )
    if staged.has("accepts_marketing"):
        rows.updatable += OF_REFUSAL
    announce = partial(_announce_left, run, staged, rows)
    run.finish(staged, *upsert_with_hanging(run, staged, rows, before_writing=announce))
    for stage in (staged.stage, *staged.elements.values()):
        stage.drop()


def _announce_left(run: Run, staged: Staged, rows: Resolved) -> None:
    """Announce the customers who refuse mail and are about to get another mailbox."""
    if not staged.has("email"):
        return
    leaving = run.sql.rows(
        f"SELECT t.id FROM ({rows.select}) AS r JOIN customers_customer AS t"
        " ON t.external_id = r.external_id WHERE t.mailbox NOT IN ('', r.mailbox)"
        " AND (t.accepts_marketing IS FALSE OR EXISTS (SELECT 1"
        " FROM customers_newslettersubscription AS s WHERE s.customer_id = t.id"
        f" AND s.status = '{SubscriptionStatus.UNSUBSCRIBED}'))"
    )
    announce_left([pk for (pk,) in leaving], using=run.sql.connection.alias)


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


__all__ = ["ImportProblem", "ImportRefused", "import_shop"]
