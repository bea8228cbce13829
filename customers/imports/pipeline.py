"""The steps of every import of a shop, by a command or on a page: recognise, try, import."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from customers.imports.plan import ImportPlan
from customers.imports.problems import ImportProblem
from customers.imports.readers import READERS, ConvertedShop
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress
from customers.imports.shop_csv import import_shop


@dataclass
class Outcome:
    """The plan, report and problems of an import so far, also of a refused import."""

    plan: ImportPlan = field(default_factory=ImportPlan)
    report: ImportReport | None = None
    problems: list[ImportProblem] = field(default_factory=list)

    @property
    def as_json(self) -> str:
        """Return the text of `--report`."""
        document = self.plan.as_json(self.report, self.problems)
        return json.dumps(document, ensure_ascii=False, indent=1)


@contextmanager
def open_files(
    paths: Sequence[Path],
    options: Mapping[str, Any],
    plan: ImportPlan,
    progress: OnProgress | None = None,
) -> Iterator[ConvertedShop | None]:
    """Yield what the first reader makes of the paths that recognises any of their files.

    None where no reader does. Raises ImportRefused and OSError.
    """
    with ExitStack() as stack:
        for reader in READERS:
            shop = stack.enter_context(reader.open(paths, options, plan, progress))
            if shop is not None:
                yield shop
                return
        yield None


def run_import(
    shop: ConvertedShop | None,
    folder: Path,
    outcome: Outcome,
    *,
    is_dry: bool,
    skip_bad_rows: Path | None = None,
    lock_empty_tables: bool = False,
    progress: OnProgress | None = None,
    before_commit: Callable[[ImportReport], None] = lambda report: None,
) -> None:
    """Import `shop`, or files of our own in `folder`; leave the report in `outcome`.

    A dry run finds out what the import would do and writes nothing. `before_commit` is called in
    the transaction when all else is written, of a dry run before that is undone. Raises what
    `import_shop` raises.
    """

    def end(report: ImportReport) -> None:
        outcome.report = report
        if shop is not None:
            shop.finish(report)
        before_commit(report)

    import_shop(
        shop.directory if shop else folder,
        is_dry=is_dry,
        skip_bad_rows=skip_bad_rows,
        progress=progress,
        lock_empty_tables=lock_empty_tables,
        before_commit=end,
        prepare=shop.prepare if shop else None,
        locate=shop.locate if shop else None,
        keep_refused=shop.keep_refused if shop else None,
        note_refused=shop.note_refused if shop else None,
    )
