"""A shop's database as our own files, for the commands that import one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_noop

from customers.imports.plan import ImportPlan
from customers.imports.problems import ImportRefused
from customers.imports.readers import ConvertedShop
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress, without_collecting
from customers.snapshots.scratch import scratch
from integrations.shops.converting.conversion import Conversion
from integrations.shops.converting.websites import write_default_website
from integrations.shops.databases.changes import earlier_runs, note_run
from integrations.shops.databases.connection import open_database
from integrations.shops.databases.deletions import delete_gone_rows, forget_merges
from integrations.shops.databases.layouts import DatabasePlatform
from integrations.shops.databases.source import DatabaseSource
from integrations.shops.files.source_places import write_refused_rows
from integrations.shops.models import ShopSource
from integrations.shops.reader import conversion_options, joined_problems, refuse_lacking_rates
from integrations.shops.sources import exclusive_run, load_stored_customers, note_source, prefix_of


@contextmanager
def open_shop(
    platform: DatabasePlatform,
    address: str,
    options: Mapping[str, Any],
    plan: ImportPlan,
    progress: OnProgress | None = None,
    *,
    is_incremental: bool = False,
) -> Iterator[ConvertedShop]:
    """Yield the shop in the database at `address` as our own files.

    With `is_incremental` the files have what changed since the last run, where the platform and
    the earlier runs allow it. Raises ImportRefused; no message has the password.
    """
    with (
        scratch("bring-your-shop") as folder,
        open_database(address) as database,
    ):
        tables = DatabaseSource(database, platform, options.get("table_prefix"), progress)
        plan.source = options.get("source") or platform.source_of(tables)
        with exclusive_run(plan.source):
            start = prefix_of(plan.source, options.get("prefix"))
            conversion = Conversion([], plan, conversion_options(options, start), folder)
            tables.conversion = conversion
            if is_incremental:
                tables.earlier = earlier_runs(plan.source, options)
            with joined_problems(conversion, options):
                yield _convert(tables, platform, options, folder)


def _convert(
    tables: DatabaseSource, platform: DatabasePlatform, options: Mapping[str, Any], folder: Path
) -> ConvertedShop:
    conversion = tables.conversion
    plan = conversion.plan
    if ShopSource.objects.exclude(name=plan.source).exists():
        # Guests are shared by sources: an earlier order may be another shop's.
        load_stored_customers(conversion.scratch, conversion.options.prefix, has_accounts=False)
    if (zone := options.get("timezone")) and not platform.knows_websites:
        plan.timezone = zone
        write_default_website(conversion, zone)
    ((tables.began_at,),) = tables.rows("SELECT UTC_TIMESTAMP()")
    with without_collecting():
        end = platform.convert(tables)
    if tables.changes is not None and tables.earlier is not None:
        since = date_format(localtime(tables.earlier.since), "DATETIME_FORMAT")
        plan.note(gettext_noop("Only what has changed since {time} was read."), time=since)
    conversion.close()
    refuse_lacking_rates(conversion)
    skips = bool(options.get("skip_bad_rows"))

    def finish(report: ImportReport) -> None:
        if conversion.problems and not skips:
            # The caller adds the problems that were noted while reading.
            raise ImportRefused([], 0)
        # On a terminal the import runs twice: for the question, and after the answer.
        plan.deleted.clear()
        plan.derived.pop("guests_merged", None)
        source = note_source(plan.source, conversion.options.prefix)
        allows_many = bool(options.get("allow_deletions"))
        delete_gone_rows(conversion, source, tables.changes, allows_many=allows_many)
        if tables.marks and not skips:
            at = datetime.fromisoformat(tables.began_at).replace(tzinfo=UTC)
            note_run(source, at, tables.marks, is_full=tables.changes is None)
        if end is not None:
            end(report)

    def prepare() -> None:
        prefix_of(plan.source, options.get("prefix"))
        if conversion.options.matches_guests:
            forget_merges(conversion)

    keep_refused = partial(write_refused_rows, conversion)
    return ConvertedShop(folder, conversion.locate, finish, keep_refused, prepare)
