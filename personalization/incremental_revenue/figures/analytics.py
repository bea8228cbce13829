"""All figures that were asked for, of one moment, as JSON."""

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _

from core.database.snapshot import snapshot
from personalization.incremental_revenue.figures.metrics import METRICS, Measuring
from personalization.incremental_revenue.question import Question

Data = dict[str, Any]
NOT_TOLD_APART, NOT_MEASURED = "not_told_apart", "not_measured"
NO_COST, HIDDEN = "no_cost", "too_few"
SATISFACTION = "customer_satisfaction_impact"


def analytics(
    question: Question, metrics: Collection[str], *, model: str, segmentation: str = ""
) -> Data:
    """Return the figures by name, `cells` of them where a segmentation is given, and `notes`.

    Raises `Refused`: `holdout_changed`, `not_kept`, `too_many_keys`.
    """
    wanted = [name for name in METRICS if name in metrics]
    needs_engagement = any(METRICS[name].needs_engagement for name in wanted)
    with snapshot():
        measuring = Measuring(question, model, segmentation, with_engagement=needs_engagement)
        found: Data = {name: METRICS[name].whole(measuring) for name in wanted}
        cells = _cells(wanted, measuring) if segmentation else None
    return {
        "as_of": question.as_of,
        "from": question.since,
        "to": question.until,
        "basis": question.basis,
        "segment": None if question.segment is None else question.segment.code,
        "campaign": None if question.campaign is None else question.campaign.code,
        "model": model,
        "segmentation": segmentation or None,
        **found,
        SATISFACTION: None,
        "cells": cells,
        "notes": list(_notes(found, wanted, segmentation)),
    }


def _cells(wanted: Sequence[str], measuring: Measuring) -> list[Data]:
    """Return a row for each cell, by its key; a metric that knows nothing of it is null."""
    of_metrics = {
        name: metric.cells(measuring)
        for name in wanted
        if (metric := METRICS[name]).cells and measuring.segmentation in metric.segmentations
    }
    keys = sorted({key for cells in of_metrics.values() for key in cells})
    return [
        {"key": key} | {name: cells.get(key) for name, cells in of_metrics.items()} for key in keys
    ]


def _notes(found: Data, wanted: Sequence[str], segmentation: str) -> list[Data]:
    """Return why a figure is not there."""
    notes = [_note(SATISFACTION, NOT_MEASURED, _("Nothing measures what customers think of it."))]
    for name in wanted:
        if segmentation and segmentation not in METRICS[name].segmentations:
            text = _("This figure cannot be told apart by that.")
            notes.append(_note(name, NOT_TOLD_APART, text))
        if found[name] is None:
            notes.append(_why_not(name))
    return notes


def _why_not(name: str) -> Data:
    if name == "roi":
        text = _("A campaign with a cost, a margin and enough customers are needed.")
        return _note(name, NO_COST, text)
    text = _("There are too few customers in a group to say anything.")
    return _note(name, HIDDEN, text)


def _note(metric: str, code: str, message: str) -> Data:
    return {"metric": metric, "code": code, "message": message}
