"""Starts and stops experiments; both are for good."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import now
from core.problems import Invalid, Locked, Problem
from personalization.conditions.audience import check_audience, segments_named
from personalization.experiences.serving.bandits import BATCH_MAKERS
from personalization.experiences.serving.catalogue import change
from personalization.experiments.assignment.variants import by_algorithm
from personalization.experiments.audit import EXPERIMENT, STARTED, STOPPED
from personalization.experiments.resource import EXPERIMENTS, STATE
from personalization.models import Experiment, ExperimentState, Mode
from segments.models import Segment
from segments.rules.users import segment_to_use

# A callback with the locked row before it is changed.
Before = Callable[[Experiment], None]


def start(row: Experiment, *, author: Any, before: Before | None = None) -> Experiment:
    """Start a draft now; `before` is called with the locked row.

    A bandit's first batch begins at the same time. Raises Invalid for a fixed experiment without a
    planned size, or for one that is no longer valid, and Locked for one that has already begun
    (`not_a_draft`) or whose place is taken (`placement_taken`).
    """
    with transaction.atomic():
        # Updating the stamp's row first makes a concurrent start of another experiment wait here.
        change()
        found = EXPERIMENTS.lock(row.pk)
        if before is not None:
            before(found)
        if found.state != ExperimentState.DRAFT:
            raise Locked([Problem("state", "not_a_draft", _("The experiment has begun already."))])
        if found.planned_size is None and found.mode == Mode.FIXED:
            text = _("Enter the planned size first: how many customers each variant needs.")
            raise Invalid([Problem("planned_size", "required", text)])
        _hold_segments(found)
        EXPERIMENTS.checked(found, EXPERIMENTS.document_of(found))
        _check_place(found)
        started = _change(found, ExperimentState.RUNNING, STARTED, author)
        if started.mode == Mode.BANDIT and started.started_at is not None:
            for make in BATCH_MAKERS:
                make(started.pk, started.started_at)
        return started


def stop(row: Experiment, *, author: Any, before: Before | None = None) -> Experiment:
    """Stop a running experiment for good; raises Locked (`not_running`) for any other."""
    with transaction.atomic():
        change()
        found = EXPERIMENTS.lock(row.pk)
        if before is not None:
            before(found)
        if found.state != ExperimentState.RUNNING:
            raise Locked([Problem("state", "not_running", _("The experiment is not running."))])
        return _change(found, ExperimentState.STOPPED, STOPPED, author)


def _hold_segments(row: Experiment) -> None:
    """Lock the segments of the audience against deletion; refuse a deleted segment."""
    for code in sorted(segments_named(row.audience)):
        with suppress(Segment.DoesNotExist):
            segment_to_use(code)
    gone = check_audience(row.audience, None).problems if row.audience is not None else ()
    if gone:
        raise Invalid([one.below("audience") for one in gone])


def _check_place(row: Experiment) -> None:
    """Refuse a second experiment in a placement, and a second one of algorithms alone."""
    running = Experiment.objects.filter(state=ExperimentState.RUNNING).exclude(pk=row.pk)
    if row.placement is not None:
        other = running.filter(placement=row.placement).first()
    else:
        alone = running.filter(placement=None)
        other = next((one for one in alone if by_algorithm(one)), None)
        other = other if by_algorithm(row) else None
    if other is not None:
        text = _("The experiment “%(code)s” is running there.") % {"code": other.code}
        raise Locked([Problem("placement", "placement_taken", text)])


def _change(row: Experiment, state: ExperimentState, action: str, author: Any) -> Experiment:
    before = _state_of(row)
    row.state = state
    if state == ExperimentState.RUNNING:
        row.started_at = now()
    else:
        row.stopped_at = now()
    row.version += 1
    row.save()
    record(author, action, EXPERIMENT, row.code, before=before, after=_state_of(row))
    return row


def _state_of(row: Experiment) -> dict[str, Any]:
    shown = EXPERIMENTS.reader.to_representation(row)
    return {name: shown[name] for name in STATE}
