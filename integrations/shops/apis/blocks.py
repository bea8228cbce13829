"""One block of objects: converted, imported, and noted with its checkpoint in one transaction."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from customers.imports.pipeline import Outcome, run_import
from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.readers import ConvertedShop
from customers.imports.report import ImportReport
from customers.imports.run import without_collecting
from customers.models import Customer
from integrations.shops.apis.platforms import ApiLayout, ApiPlatform, ShopObject, object_file
from integrations.shops.apis.stored import (
    delete_orphaned_guests,
    delete_removed_addresses,
    guests_of_orders,
    load_mentioned_customers,
    load_stored_products,
    merge_mentioned_guests,
)
from integrations.shops.converting.conversion import Conversion
from integrations.shops.converting.scratch import Scratch
from integrations.shops.converting.websites import write_default_website
from integrations.shops.databases.deletions import forget_merges, note_rows, written_keys
from integrations.shops.files.source_places import write_refused_rows
from integrations.shops.models import ShopSource, SourceRow
from integrations.shops.reader import conversion_options, joined_problems, refuse_lacking_rates
from integrations.shops.sources import prefix_of

REFUSED_ROWS = "refused_rows.csv"


@dataclass
class BlockImport:
    """The state that the blocks of one run share.

    `plan` of `outcome` and `report` grow with each block that is stored.
    """

    platform: ApiPlatform
    options: Mapping[str, Any]
    prefix: str
    outcome: Outcome
    report: ImportReport
    # Each block has a folder of its own in this one.
    folder: Path
    # What the blocks of the run have had, such as the SKUs of products.
    scratch: Scratch
    # The rows that were left out so far are in the file of the options.
    has_refused_rows: bool = False
    has_website: bool = False

    def store(
        self, kind: str, objects: Sequence[ShopObject], checkpoint: Callable[[], ShopSource]
    ) -> None:
        """Import a block; `checkpoint` is called in its transaction and returns the source.

        Raises ImportRefused, with nothing of the block stored.
        """
        try:
            with tempfile.TemporaryDirectory(dir=self.folder) as name:
                folder, refused_rows = Path(name) / "shop", Path(name) / REFUSED_ROWS
                folder.mkdir()
                options = {**self.options, "refused": refused_rows}
                settled = conversion_options(options, self.prefix)
                conversion = Conversion([], self.outcome.plan, settled, folder)
                conversion.earlier_skus = self.scratch
                with joined_problems(conversion, options):
                    self._store(conversion, options, kind, objects, checkpoint)
                if refused_rows.exists() and not options.get("dry_run"):
                    self._keep_refused_rows(refused_rows)
        except ImportRefused as refused:
            layout = self.platform.layout(kind)
            problems = [_locate_problem(one, layout) for one in refused.problems]
            raise ImportRefused(problems, refused.total) from None

    def _store(
        self,
        conversion: Conversion,
        options: Mapping[str, Any],
        kind: str,
        objects: Sequence[ShopObject],
        checkpoint: Callable[[], ShopSource],
    ) -> None:
        plan, folder = conversion.plan, conversion.folder
        skips = bool(options.get("skip_bad_rows"))
        mentions = self.platform.mentions(kind, objects)
        load_mentioned_customers(conversion.scratch, self.prefix, mentions)
        file = object_file(self.platform, kind, objects, plan)
        conversion.files.append(file)
        if (zone := options.get("timezone")) and not self.has_website:
            plan.timezone = zone
            write_default_website(conversion, zone)
        with without_collecting():
            end = self.platform.convert(conversion, file, mentions)
        load_stored_products(conversion)
        conversion.close()
        refuse_lacking_rates(conversion)
        former_guests: set[int] = set()

        def prepare() -> None:
            prefix_of(plan.source, options.get("prefix"))
            former_guests.update(guests_of_orders(self.prefix, mentions))
            if conversion.options.matches_guests:
                forget_merges(conversion)

        def finish(report: ImportReport) -> None:
            if conversion.problems and not skips:
                raise ImportRefused([], 0)
            source = checkpoint()
            if end is not None:
                end(report)
            if conversion.options.matches_guests:
                merged = merge_mentioned_guests(conversion, mentions)
                if merged:
                    plan.derived["guests_merged"] += merged
            # A customer whose row was left out keeps the addresses; which of a block are left out
            # is not known here.
            is_whole = not any(one.refused for one in report.files if one.file == "customers.csv")
            if is_whole and (removed := delete_removed_addresses(conversion, source)):
                plan.deleted["addresses"] += removed
            keys = written_keys(conversion, "customers", ("id",))
            note_rows(source, SourceRow.Kind.CUSTOMER, Customer, keys)
            if deleted := delete_orphaned_guests(source, former_guests):
                plan.deleted["customers"] += deleted

        refused: set[str] = set()

        def note_product(problem: ImportProblem) -> ImportProblem:
            if problem.file == "products.csv":
                refused.add(str(conversion.locate(problem).line))
            return problem

        def keep_refused(problems: Iterable[ImportProblem], path: Path) -> None:
            write_refused_rows(conversion, map(note_product, problems), path)

        run_import(
            ConvertedShop(folder, conversion.locate, finish, keep_refused, prepare),
            folder,
            self.outcome,
            is_dry=False,
            skip_bad_rows=options["refused"] if skips else None,
            lock_empty_tables=bool(options.get("lock_empty_tables")),
        )
        assert self.outcome.report is not None
        add_report(self.report, self.outcome.report)
        conversion.note_stored_products(refused)
        self.has_website = True

    def _keep_refused_rows(self, path: Path) -> None:
        """Add the rows that were left out of this block to the file of the run."""
        with (
            path.open(encoding="utf-8", newline="") as rows,
            self.options["refused"].open(
                "a" if self.has_refused_rows else "w", encoding="utf-8", newline=""
            ) as target,
        ):
            if self.has_refused_rows:
                next(rows, None)
            shutil.copyfileobj(rows, target)
        self.has_refused_rows = True


def _locate_problem(problem: ImportProblem, layout: ApiLayout) -> ImportProblem:
    """Return a problem of an object with its place as the API names it: `orders[5]`."""
    if problem.file != layout.kind or problem.line is None:
        return problem
    return replace(problem, file=f"{layout.kind}[{layout.id_prefix}{problem.line}]", line=None)


def add_report(total: ImportReport, report: ImportReport) -> None:
    """Add the counts of a block to those of the run."""
    known = {file.file: file for file in total.files}
    for file in report.files:
        if (sum_of := known.get(file.file)) is None:
            total.files.append(replace(file))
            continue
        for column in ("read", "created", "updated", "refused", "older", "erased"):
            setattr(sum_of, column, getattr(sum_of, column) + getattr(file, column))
