"""The only way in for experiments: all is checked, stored and audited."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.audit import record
from core.problems import Problem
from customers.models import AuditAction
from personalization.experiments.audit import EXPERIMENT
from personalization.experiments.channels import hold_named
from personalization.experiments.checking import (
    RESERVED,
    InvalidExperiment,
    Locked,
    check_experiment,
)
from personalization.experiments.definition import NAMES, ExperimentSays, as_json
from personalization.models import Experiment, ExperimentState, Placement

LONGEST_CODE = 50
# So often a free code is looked for while others take it first.
TRIES = 100


class CodeTaken(InvalidExperiment):
    """Another experiment has the code of a new one."""

    def __init__(self) -> None:
        super().__init__([Problem("code", "unique", _("This code is taken."))])


@dataclass(frozen=True)
class SavedExperiment:
    """A stored experiment, and what it warns of."""

    row: Experiment
    warnings: tuple[Problem, ...] = ()


def save_experiment(row: Experiment, says: ExperimentSays, *, author: Any) -> SavedExperiment:
    """Store what `row`, a new one or a stored one, is to say.

    Raises InvalidExperiment, and Locked for what can no longer be changed; nothing is stored then.
    """
    if not row._state.adding:
        with transaction.atomic():
            return _store(locked(row), says, author)
    if Experiment.objects.filter(code=row.code).exists():
        raise CodeTaken
    try:
        with transaction.atomic():
            return _store(row, says, author)
    except IntegrityError as error:
        if Experiment.objects.filter(code=row.code).exists():  # Somebody was quicker.
            raise CodeTaken from error
        raise


def save_named(says: ExperimentSays, *, author: Any) -> SavedExperiment:
    """Store a new experiment under a code of its own, made of its name; else as the above."""
    for _attempt in range(TRIES - 1):
        with suppress(CodeTaken):
            return save_experiment(Experiment(code=free_code(says.name)), says, author=author)
    return save_experiment(Experiment(code=free_code(says.name)), says, author=author)


def delete_experiment(row: Experiment, *, author: Any) -> None:
    """Delete a draft; raises Locked for what has begun: who was shown what stays known."""
    with transaction.atomic():
        found = locked(row)
        if found.state != ExperimentState.DRAFT:
            text = _("Only a draft can be deleted.")
            raise Locked([Problem("state", "locked", text)])
        record(author, AuditAction.DELETED, EXPERIMENT, found.code, before=as_json(found))
        found.delete()


def locked(row: Experiment) -> Experiment:
    """Return the stored row, which nobody changes until the transaction is over."""
    rows = Experiment.objects.select_for_update(no_key=True, of=("self",))
    found: Experiment = rows.select_related("placement").get(pk=row.pk)
    return found


def free_code(name: str) -> str:
    """Return a code for an experiment that is called `name`, one that nobody has."""
    base = slugify(name)[:LONGEST_CODE].strip("-_") or "experiment"
    taken = set(
        Experiment.objects.filter(code__startswith=base).values_list("code", flat=True)
    ) | set(RESERVED)
    number, code = 1, base
    while code in taken:
        number += 1
        code = f"{base}-{number}"
    return code


def _store(row: Experiment, says: ExperimentSays, author: Any) -> SavedExperiment:
    is_new = row._state.adding
    before = None if is_new else as_json(row)
    if says.placement is not None:
        # Whoever deletes it comes before, and it is unknown, or after, and it is in use.
        list(Placement.objects.select_for_update(no_key=True).filter(code=says.placement))
    hold_named(says.variants)
    checked = check_experiment(says, row)
    row.placement = checked.placement
    for name in set(NAMES) - {"placement"}:
        value = getattr(checked.says, name)
        setattr(row, name, list(value) if name in ("variants", "metrics") else value)
    after = as_json(row)
    if before == after:
        return SavedExperiment(row, checked.warnings)
    row.version += not is_new
    row.save()
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    record(author, action, EXPERIMENT, row.code, before=before, after=after)
    return SavedExperiment(row, checked.warnings)
