"""Applies a plan in one transaction."""

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import Program
from core.text.formats import in_quotes
from segments.as_code.carrying_out import Missing, Result, carry_out
from segments.as_code.files import Directory, FileProblem, InvalidFiles, read_segment
from segments.as_code.planning import Plan
from segments.as_code.yaml_reader import YamlDocument
from segments.editing.deletion import delete_segments


class ApplyRefused(ValueError):
    """The plan cannot be applied in the current state; nothing was changed."""


def apply_plan(plan: Plan, *, delete: bool = False, overwrite_drift: bool = False) -> Result:
    """Carry out `plan`; with `delete`, delete the project's segments without a file.

    Raises StateChanged, ApplyRefused for drift without `overwrite_drift` and for deletions that
    are blocked, and InvalidFiles where a save is refused; nothing is done then.
    """
    directory = directory_of(plan)
    with transaction.atomic():
        result = carry_out(directory, plan.states)
        _refuse_drift(result, delete=delete, overwrite=overwrite_drift)
        if delete:
            _refuse_blocked(result)
            missing = [one.segment for one in result.missing]
            delete_segments(missing, author=Program(directory.author))
    return result


def directory_of(plan: Plan) -> Directory:
    """Return the directory of definitions from which `plan` was computed. Raises InvalidFiles."""
    problems: list[FileProblem] = []
    files = []
    for document in plan.documents:
        name = f"segments/{document.get('code')}.yaml"
        found = read_segment(YamlDocument(document), name, problems)
        if found is not None:
            files.append(found)
    if problems:
        raise InvalidFiles(problems)
    return Directory(plan.project, tuple(files))


def _refuse_drift(result: Result, *, delete: bool, overwrite: bool) -> None:
    """Raise ApplyRefused where segments to overwrite or delete have drifted, unless `overwrite`."""
    drifted = [one.drift.code for one in result.outcomes if one.drift]
    drifted += [one.drift.code for one in result.missing if one.drift and delete]
    if drifted and not overwrite:
        message = _("Changed here since the last apply: %(codes)s. Say --overwrite-drift.")
        raise ApplyRefused(message % {"codes": ", ".join(sorted(drifted))})


def _refuse_blocked(result: Result) -> None:
    blocked = [_reason(one) for one in result.missing if one.is_blocked]
    if blocked:
        raise ApplyRefused("\n".join(blocked))


def _reason(missing: Missing) -> str:
    code = missing.segment.code
    if missing.is_protected:
        return _("“%(code)s” is protected: it is not deleted.") % {"code": code}
    users = ", ".join(in_quotes(name) for one in missing.uses for name in one.names())
    return _("“%(name)s” is used by %(users)s.") % {"name": code, "users": users}
