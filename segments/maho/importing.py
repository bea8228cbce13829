"""The import: each row is stored completely, or refused with all its problems."""

import re
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.problems import Problem
from segments.editing.saving import InvalidDefinition, check, create_segment
from segments.maho.document import Document, Maps, writable
from segments.maho.phrases import Negatives
from segments.maho.report import Outcome
from segments.maho.rows import ReadRow, read_row
from segments.rules.evaluation.rule import sentence_of


def import_segments(
    document: Document,
    *,
    negatives: Negatives = Negatives.COMPLEMENT,
    dry_run: bool = False,
    author: Any = None,
) -> list[Outcome]:
    """Store the segments of `document`, and return the outcome of each, in their order.

    A refused segment does not stop the others. With `dry_run`, everything is rolled back.
    """
    if not dry_run:
        return _outcomes(document, negatives, author)
    with transaction.atomic():
        outcomes = _outcomes(document, negatives, author)
        transaction.set_rollback(True)
    return outcomes


def _outcomes(document: Document, negatives: Negatives, author: Any) -> list[Outcome]:
    return [_import(row, document.maps, negatives, author) for row in document.rows]


def _import(row: Any, maps: Maps, negatives: Negatives, author: Any) -> Outcome:
    if not isinstance(row, dict):
        message = _("A segment is an object with Maho's columns.")
        return Outcome("", errors=[Problem("", "not_an_object", message)])
    name = writable(row["name"]) if isinstance(row.get("name"), str) else ""
    try:
        read = read_row(row, maps, negatives)
    except RecursionError:
        message = _("The conditions are nested too deep to be read.")
        return Outcome(name, errors=[Problem("conditions_serialized", "too_deep", message)])
    try:
        if read.problems:
            check(read.definition)  # for what else is wrong
            return Outcome(name, errors=_in_order(read, []))
        saved = create_segment(read.definition, read.handling, author=author)
    except InvalidDefinition as error:
        return Outcome(name, errors=_in_order(read, read.in_maho(error.by_field)))
    warnings = read.in_maho({"conditions": saved.warnings})
    return Outcome(
        name,
        saved.segment.code,
        read.conversion.changes,
        warnings=warnings,
        sentence=sentence_of(saved.segment, saved.segment.conditions),
    )


def _in_order(read: ReadRow, more: list[Problem]) -> list[Problem]:
    """Return each problem once, in the order of the columns and of the tree."""
    # An unreadable column is empty for later checks, whose problems are left out.
    unread = {problem.path for problem in read.problems}
    problems = [
        Problem(problem.path, problem.code, writable(problem.message))
        for problem in (*read.problems, *(one for one in more if one.path not in unread))
    ]
    return sorted(problems, key=lambda problem: _position(problem.path))


def _position(path: str) -> list[int]:
    return [int(index) for index in re.findall(r"\[([0-9]+)\]", path)]
