"""Starts and stops experiments; both are for good."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record
from core.clock import now
from core.problems import Problem
from personalization.audience import checked_audience, segments_named
from personalization.experiences.catalogue import change
from personalization.experiments.audit import EXPERIMENT, STARTED, STOPPED
from personalization.experiments.channels import hold_named
from personalization.experiments.checking import InvalidExperiment, Locked, check_experiment
from personalization.experiments.definition import ExperimentSays, as_json, by_algorithm, said_by
from personalization.experiments.saving import locked
from personalization.models import Experiment, ExperimentState
from segments.models import Segment
from segments.rules.users import segment_to_use

# What is done before a row is changed, once it is locked.
Before = Callable[[Experiment], None]


def start(row: Experiment, *, author: Any, before: Before | None = None) -> Experiment:
    """Have a draft run from now on; `before` is called with the locked row.

    Raises InvalidExperiment for one without a planned size or that is no longer valid, and Locked
    for one that has begun already (`not_a_draft`) or whose place is taken (`placement_taken`).
    """
    with transaction.atomic():
        # The row of the stamp is changed first: whoever starts another one waits here.
        change()
        found = locked(row)
        if before is not None:
            before(found)
        if found.state != ExperimentState.DRAFT:
            raise Locked([Problem("state", "not_a_draft", _("The experiment has begun already."))])
        if found.planned_size is None:
            text = _("Enter the planned size first: how many customers each variant needs.")
            raise InvalidExperiment([Problem("planned_size", "required", text)])
        _hold_segments(found)
        hold_named(found.variants)
        check_experiment(ExperimentSays(**said_by(found)), found)
        _check_place(found)
        return _change(found, ExperimentState.RUNNING, STARTED, author)


def stop(row: Experiment, *, author: Any, before: Before | None = None) -> Experiment:
    """End a running experiment for good; Locked (`not_running`) for any other."""
    with transaction.atomic():
        change()
        found = locked(row)
        if before is not None:
            before(found)
        if found.state != ExperimentState.RUNNING:
            raise Locked([Problem("state", "not_running", _("The experiment is not running."))])
        return _change(found, ExperimentState.STOPPED, STOPPED, author)


def _hold_segments(row: Experiment) -> None:
    """Have nobody delete a segment of the audience; one that is gone is refused."""
    for code in sorted(segments_named(row.audience)):
        with suppress(Segment.DoesNotExist):
            segment_to_use(code)
    gone = checked_audience(row.audience, None, "audience").problems
    if gone:
        raise InvalidExperiment(gone)


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
    before = as_json(row)
    row.state = state
    if state == ExperimentState.RUNNING:
        row.started_at = now()
    else:
        row.stopped_at = now()
    row.version += 1
    row.save()
    record(author, action, EXPERIMENT, row.code, before=before, after=as_json(row))
    return row
