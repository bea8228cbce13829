"""Stores the definitions in files in one transaction; a plan does so and rolls back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from graphlib import CycleError
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.audit import Program, record
from customers.models import AuditAction, AuditSubject
from segments.as_code.documents import Change, changes_between, document_of, state_of
from segments.as_code.files import Directory, FileProblem, InvalidFiles, SegmentFile
from segments.database.locks import lock_definitions, lock_members, lock_requests
from segments.editing.saving import InvalidDefinition, Saved, create_segment, save_segment
from segments.engine.dependents import codes_in_order, dependents_of
from segments.models import ManagedSegment, Segment
from segments.rules.in_conditions.references import codes_in
from segments.rules.users import Uses, uses_of


class StateChanged(ValueError):
    """Segments have changed since a plan was made; nothing was done."""

    def __init__(self, codes: Collection[str]) -> None:
        message = _("Changed since the plan was made: %(codes)s.")
        super().__init__(message % {"codes": ", ".join(sorted(codes))})


@dataclass(frozen=True)
class Drift:
    """A segment of the project that was saved by somebody else since the last apply."""

    code: str
    by: str | None
    at: datetime | None
    version: int
    applied: int


@dataclass(frozen=True)
class Outcome:
    """The result for a segment with a file; `before` is None for a new segment."""

    code: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    takes_over: bool
    drift: Drift | None
    warnings: Sequence[FileProblem]

    @property
    def changes(self) -> list[Change]:
        """The changed values; empty for a new segment."""
        return [] if self.before is None else changes_between(self.before, self.after)

    @property
    def is_unchanged(self) -> bool:
        """Return whether there was nothing to do."""
        return self.before == self.after and not self.takes_over


@dataclass(frozen=True)
class Missing:
    """A segment of the project without a file, and the reasons that prevent its deletion."""

    segment: Segment
    drift: Drift | None
    is_protected: bool
    uses: Sequence[Uses]

    @property
    def is_blocked(self) -> bool:
        """Return whether the segment must not be deleted."""
        return self.is_protected or bool(self.uses)


@dataclass(frozen=True)
class Result:
    """The results for all segments; `states` are the states before, by code."""

    outcomes: Sequence[Outcome]
    missing: Sequence[Missing]
    states: Mapping[str, str]
    unmanaged: int


@dataclass
class _Work:
    directory: Directory
    problems: list[FileProblem]
    # The codes of files that are refused.
    failed: set[str]


def carry_out(directory: Directory, expected: Mapping[str, str] | None = None) -> Result:
    """Save the definitions in the files of `directory`, in the order of their references.

    Deletes nothing. Call it in a transaction, and roll back where it raises InvalidFiles. Raises
    StateChanged where the states before differ from `expected`.
    """
    lock_definitions()
    rows = Segment.objects.order_by("pk").prefetch_related("websites", "customer_groups", "tags")
    stored = {segment.code: segment for segment in rows}
    project = ManagedSegment.objects.filter(project=directory.project)
    owned = {row.segment.code: row for row in project.select_related("segment")}
    files = {file.code: file for file in directory.files}
    concerned = [stored[code] for code in sorted(files.keys() | owned.keys()) if code in stored]
    missing = [stored[code] for code in sorted(owned.keys() - files.keys())]
    _lock(concerned, missing)
    managed = {
        row.segment.code: row
        for row in ManagedSegment.objects.filter(segment__in=concerned).select_related("segment")
    }
    states = dict.fromkeys(files, "") | {
        segment.code: state_of(segment, managed.get(segment.code)) for segment in concerned
    }
    if expected is not None and states != expected:
        raise StateChanged({code for code, _state in states.items() ^ expected.items()})
    work = _Work(directory, list(directory.problems), set(directory.unread))
    trees = {code: segment.conditions for code, segment in stored.items()}
    trees |= {code: file.definition.conditions for code, file in files.items()}
    outcomes = [
        outcome
        for code in _order_codes(trees, files, work)
        if (outcome := _store(files[code], stored.get(code), managed.get(code), work))
    ]
    if work.problems:
        raise InvalidFiles(work.problems)
    return Result(
        sorted(outcomes, key=lambda outcome: outcome.code),
        [_missing(segment, owned[segment.code], missing) for segment in missing],
        states,
        len(stored) - len(concerned),
    )


def _lock(concerned: Sequence[Segment], missing: Sequence[Segment]) -> None:
    """Take the locks of all saves and deletions at once, each kind in the order of ids.

    Successive saves would take the locks in the order of references, and could deadlock with a
    transaction that refreshes or counts two of these segments.
    """
    for segment in sorted(missing, key=lambda segment: segment.pk):
        lock_members(segment.pk)
    numbers = [segment.pk for segment in concerned]
    list(Segment.objects.select_for_update(no_key=True).filter(pk__in=numbers).order_by("pk"))
    if connection.vendor == "postgresql":
        for segment in sorted({*concerned, *dependents_of(concerned)}, key=lambda one: one.pk):
            lock_requests(segment.pk)


def _order_codes(
    trees: Mapping[str, Any], files: Mapping[str, SegmentFile], work: _Work
) -> Sequence[str]:
    try:
        return [code for code in codes_in_order(trees) if code in files]
    except CycleError as error:
        circle = error.args[1]
        message = _("That would be a circle: %(codes)s.") % {"codes": " → ".join(circle)}
        for code in sorted(set(circle) & files.keys()):
            work.problems.append(files[code].refused("conditions", "circular_segment", message))
        work.failed |= set(circle)
        # The saves find all other problems.
        return sorted(files.keys() - set(circle))


def _store(
    file: SegmentFile, segment: Segment | None, managed: ManagedSegment | None, work: _Work
) -> Outcome | None:
    """Save the definition in `file`, unless it is stored already.

    Return None, with the problems added to `work`, where the file is refused, as one with problems
    is.
    """
    if managed is not None and managed.project != work.directory.project:
        message = _("“%(code)s” is managed by the project “%(project)s”.")
        values = {"code": file.code, "project": managed.project}
        work.problems.append(file.refused("code", "other_project", message % values))
        return None
    before = None if segment is None else document_of(segment, managed)
    try:
        with transaction.atomic():
            saved = _save(file, segment, Program(work.directory.author))
            after = document_of(saved.segment, None) | {"protect": file.protect}
            is_saved = before is None or after != before | {"protect": file.protect}
            if not is_saved or file.is_refused:
                # Roll back, so that an apply without changes leaves no trace.
                transaction.set_rollback(True)
    except InvalidDefinition as error:
        work.problems += _own_problems(file, error, work)
        work.failed.add(file.code)
        return None
    if file.is_refused:
        return None
    drift = drift_of(segment, managed) if segment and managed and is_saved else None
    takes_over = segment is not None and managed is None
    outcome = Outcome(file.code, before, after, takes_over, drift, _warnings(file, saved))
    _store_ownership(outcome, saved.segment, managed, work.directory, is_saved=is_saved)
    return outcome


def _save(file: SegmentFile, segment: Segment | None, author: Program) -> Saved:
    if segment is None:
        return create_segment(file.definition, file.handling, code=file.code, author=author)
    return save_segment(segment, file.definition, file.handling, author=author)


def _own_problems(
    file: SegmentFile, error: InvalidDefinition, work: _Work
) -> Iterator[FileProblem]:
    """Yield the problems of `file` that do not follow from others.

    A problem may follow from one that is named in its line, or from refused files that `file`
    refers to.
    """
    follows = bool(codes_in(file.definition.conditions) & work.failed)
    named = {one.line for one in work.problems if one.file == file.name}
    for one in file.problems_in(error):
        if not (one.line in named or (follows and one.problem.code == "unknown_segment")):
            yield one


def _warnings(file: SegmentFile, saved: Saved) -> list[FileProblem]:
    lines = file.source
    return [
        FileProblem(file.name, lines.line_of(f"conditions.{warning.path}"), warning)
        for warning in saved.warnings
    ]


def _store_ownership(
    outcome: Outcome,
    segment: Segment,
    managed: ManagedSegment | None,
    directory: Directory,
    *,
    is_saved: bool,
) -> None:
    """Store the applied state. A change of only the owner has an audit entry, but no version."""
    version, protect = segment.version, bool(outcome.after["protect"])
    if managed is not None and (managed.version, managed.protect) == (version, protect):
        return
    ManagedSegment.objects.update_or_create(
        segment=segment,
        defaults={"project": directory.project, "version": version, "protect": protect},
    )
    if not is_saved and not outcome.is_unchanged:
        record(
            Program(directory.author),
            AuditAction.CHANGED,
            AuditSubject.SEGMENT,
            segment.code,
            before={
                "project": managed.project if managed else "",
                "protect": managed is not None and managed.protect,
            },
            after={"project": directory.project, "protect": protect},
        )


def drift_of(segment: Segment, managed: ManagedSegment) -> Drift | None:
    """Return the save of `segment` since its project was applied; None without one."""
    if managed.version == segment.version:
        return None
    newest = segment.versions.select_related("author").filter(number=segment.version).first()
    return Drift(
        segment.code,
        newest.author_name if newest else None,
        newest.created_at if newest else None,
        segment.version,
        managed.version,
    )


def _missing(segment: Segment, managed: ManagedSegment, besides: Sequence[Segment]) -> Missing:
    uses = uses_of(segment, None, besides=besides, holding=True)
    return Missing(segment, drift_of(segment, managed), managed.protect, uses)
