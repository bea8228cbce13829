"""A worker plans or carries out an import by the functions of `import_shop`."""

import logging
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from core.audit import record
from core.clock import now
from customers.imports.pipeline import Outcome, open_files, run_import
from customers.imports.problems import ImportProblem, ImportRefused
from customers.imports.report import ImportReport
from integrations.shops.audit import ENDED, IMPORT
from integrations.shops.converting.conversion import WordedProblem
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.runs.files import (
    delete_uploads,
    discard,
    refuse_large,
    refused_rows,
    uploaded_files,
)
from integrations.shops.sources import refusal
from segments.lease import (
    LeaseLost,
    Progress,
    RunCancelled,
    claim_work,
    finish,
    keep_lease_alive,
)

logger = logging.getLogger(__name__)

READING, WRITING = "reading", "writing"
# A worker that is killed three times over the same files is not sent over them again.
ATTEMPTS = 3
SECONDS_BETWEEN_NOTES = 1.0


def execute_import(pk: int) -> None:
    """Plan or import, unless that is done or another worker runs it; safe to call twice."""
    run = claim_work(ShopImport, pk, phase=READING)
    if run is None:
        return
    try:
        with translation.override(run.language or None):
            _execute(run)
    finally:
        # Its temporary tables have cells of the files.
        if not connection.in_atomic_block:
            connection.close()


def _execute(run: ShopImport) -> None:
    outcome = Outcome()
    try:
        if run.cancel_requested_at is not None:
            raise RunCancelled
        if run.attempts > ATTEMPTS:
            _end(run, ImportState.FAILED, error=gettext_noop("Its worker ended without a word."))
            return
        _import(run, outcome)
    except RunCancelled:
        if _end(run, ImportState.CANCELED):
            discard([run])
    except LeaseLost:
        logger.warning("Import %s: its lease was lost", run.pk)
    except ImportRefused as refused:
        problems = [_problem(one) for one in refused.problems]
        known = {**_progress_as_json(outcome), "problems": problems, "problem_count": refused.total}
        _end(run, ImportState.REFUSED, **known)
    except OSError as error:
        _end(run, ImportState.FAILED, error=error.strerror or type(error).__name__)
    except Exception as error:
        # The text of an error of the database may quote a customer's row.
        logger.exception("Import %s failed", run.pk)
        if isinstance(error, DatabaseError | InterfaceError) and not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        _end(run, ImportState.FAILED, error=type(error).__name__)
    else:
        if run.is_started:
            delete_uploads(run)


def _import(run: ShopImport, outcome: Outcome) -> None:
    folder, refused = uploaded_files(run), refused_rows(run)
    refuse_large(folder)
    options = {**_options(run.answers), "refused": refused, "dry_run": not run.is_started}
    meter = _Meter(run, outcome)
    with ExitStack() as stack:
        with keep_lease_alive(run, only_reads=True) as progress:
            meter.progress = progress
            files = open_files([folder], options, outcome.plan, meter.note_reading)
            shop = stack.enter_context(files)
        # On SQLite the transaction of the import is the only writer: no other process writes.
        with keep_lease_alive(run) as progress:
            meter.begin_writing(shop.directory if shop else folder, progress)

            def end(report: ImportReport) -> None:
                _refuse_nothing(outcome)
                progress.check()
                progress.end()
                if run.is_started:
                    _finish(run, ImportState.DONE, **_result_as_json(outcome))

            run_import(
                shop,
                folder,
                outcome,
                is_dry=not run.is_started,
                skip_bad_rows=refused if options["skip_bad_rows"] else None,
                progress=meter.note_writing,
                before_commit=end,
            )
    if not run.is_started:
        _finish(run, ImportState.PLANNED, **_result_as_json(outcome))


def _refuse_nothing(outcome: Outcome) -> None:
    """Raise ImportRefused where no file is one of a shop."""
    assert outcome.report is not None
    if not outcome.report.files and not outcome.plan.recognised:
        raise refusal(gettext_noop("None of the files is recognised."))


def _options(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as options of `import_shop`."""
    return {
        "rate": list(answers.get("rates", {}).items()),
        "timezone": answers.get("timezone") or None,
        "prefix": answers.get("prefix"),
        "guest_orders": answers.get("guest_orders"),
        "columns": answers.get("columns") or {},
        "skip_bad_rows": bool(answers.get("skip_bad_rows")),
        "subscribe_accepting": bool(answers.get("subscribe_accepting")),
    }


class _Meter:
    """How many rows are read and written, of how many, as far as that is known."""

    def __init__(self, run: ShopImport, outcome: Outcome) -> None:
        self.progress: Progress | None = None
        self._outcome = outcome
        # As the plan has counted them.
        self._rows = _rows_of(run.report.get("recognised", ()))
        self._done: dict[str, int] = {}
        self._bytes = 0
        self._noted_at = 0.0

    def begin_writing(self, folder: Path, progress: Progress) -> None:
        """Go on with the files of our own in `folder`, which are all read by now."""
        self.progress = progress
        self._done = {}
        self._bytes = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        self._rows = _rows_of(self._outcome.plan.as_json(None, [])["recognised"]) or self._rows

    def note_reading(self, file: str, done: int, _total: int) -> None:
        """Note how many rows of a file are read."""
        self._done[file] = max(done, self._done.get(file, 0))
        read = sum(self._done.values())
        self._note(READING, read, max(read, self._rows) if self._rows else None)

    def note_writing(self, file: str, done: int, _total: int) -> None:
        """Note how many bytes of a file of our own are written, as that share of all rows."""
        self._done[file] = done
        share = min(sum(self._done.values()) / self._bytes, 1.0) if self._bytes else 0.0
        self._note(WRITING, int(share * self._rows), self._rows or None)

    def _note(self, phase: str, done: int, total: int | None) -> None:
        assert self.progress is not None
        self.progress.check()
        if time.monotonic() >= self._noted_at + SECONDS_BETWEEN_NOTES:
            self._noted_at = time.monotonic()
            self.progress(phase, done, total)


def _rows_of(recognised: Iterable[Mapping[str, Any]]) -> int:
    return sum(file["rows"] for file in recognised)


def _progress_as_json(outcome: Outcome) -> dict[str, Any]:
    """Return what is known of an import so far, as `ShopImport` has it."""
    plan, report = outcome.plan, outcome.report
    document = plan.as_json(report, [])
    for entry, file in zip(document["recognised"], plan.recognised, strict=True):
        entry["columns_used"] = list(file.columns_used)
        entry |= {"left_out": file.left_out, "refused": file.refused}
    for warning, (message, _count) in zip(
        document["warnings"], plan.warnings.values(), strict=True
    ):
        warning["message"] = message.stored()
    document["notes"] = [note.stored() for note in plan.notes]
    document |= {
        "rates": dict(plan.rates),
        "timezone": plan.timezone,
        "unrated": dict(plan.unrated),
        "unzoned": plan.unzoned,
        "unread": plan.unread,
        "headers": dict(plan.headers),
        "contested": dict(plan.contested),
        "ignored": dict(report.ignored) if report else {},
    }
    return {"source": plan.source, "report": document}


def _result_as_json(outcome: Outcome) -> dict[str, Any]:
    """Return what is known of an import without its refused rows, and the problems of these."""
    assert outcome.report is not None
    known = outcome.plan if outcome.plan.problem_count else outcome.report
    problems = [_problem(one) for one in known.problems]
    count = {"problems": problems, "problem_count": known.problem_count}
    return {**_progress_as_json(outcome), **count}


def _problem(problem: ImportProblem) -> dict[str, Any]:
    """Return a problem as `ShopImport` stores it: what can be translated for its readers is."""
    stored = {
        "file": problem.file,
        "row": problem.line,
        "column": problem.column,
        "message": problem.message,
        "code": problem.code,
    }
    if not isinstance(problem, WordedProblem):
        return {**stored, "value": problem.value}
    if problem.sentence is not None:
        stored["sentence"] = problem.sentence.stored()
    return stored


def _finish(run: ShopImport, state: ImportState, **values: Any) -> None:
    """Note how an attempt has ended; raises LeaseLost if another worker holds the lease by now."""
    with transaction.atomic():
        finish(run, outcome=state, finished_at=now(), **values)
        if run.is_started:
            rows = {
                name: table["rows"]
                for name, table in values.get("report", {}).get("tables", {}).items()
            }
            noted = {"files": run.files, "outcome": state.value, "rows": rows}
            record(run.requested_by, ENDED.name, IMPORT, str(run.pk), after=noted)


def _end(run: ShopImport, state: ImportState, **values: Any) -> bool:
    """The same where it does not matter that the lease is lost; return whether it was held."""
    try:
        _finish(run, state, **values)
    except LeaseLost:
        return False
    return True
