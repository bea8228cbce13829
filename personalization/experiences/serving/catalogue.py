"""All placements with their variants, cached in the process while they are unchanged.

The cache is valid while the stamp in the database is the same; every save and deletion of a model
changes the stamp, in the same transaction. Writes that bypass the models take effect within a
minute.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from personalization.conditions.audience import segments_named
from personalization.experiences.serving.bandits import Bandit, bandit_of
from personalization.experiences.serving.confidence import NONE, Counts, confidence
from personalization.models import (
    ExperienceVariant,
    Experiment,
    ExperimentState,
    Placement,
    PlacementsStamp,
    Selection,
    VariantCounter,
)
from segments.models import Segment

ONLY = 1
# After so many seconds everything is read again, whatever the stamp says.
OLDEST = 60.0


@dataclass(frozen=True)
class Variant:
    """A variant as it is served; see `ExperienceVariant`.

    `confidence` is how likely it is better than the default; `known_from` the exposures of the
    rarer of the two.
    """

    code: str
    audience: Mapping[str, Any] | None
    context: Mapping[str, Any]
    live: bool
    priority: int
    starts_at: datetime | None
    ends_at: datetime | None
    is_active: bool
    content: Mapping[str, Any]
    confidence: float
    known_from: int


@dataclass(frozen=True)
class Running:
    """An experiment that is running, as `assignment.assign` takes it; see `Experiment`.

    `contents` and `algorithms` are by a variant's code, `lifts` what was measured of it. With a
    `bandit` the weights of `variants` hold in the first batch only.
    """

    pk: int
    code: str
    salt: str
    traffic: int
    variants: Sequence[Mapping[str, Any]]
    audience: Mapping[str, Any] | None
    contents: Mapping[str, Mapping[str, Any]]
    algorithms: Mapping[str, str]
    lifts: Mapping[str, Any]
    bandit: Bandit | None = None


@dataclass(frozen=True)
class Element:
    """A placement as it is served, its variants in the order in which they win."""

    code: str
    page_type: str
    website: str | None
    default: Mapping[str, Any]
    is_active: bool
    variants: Sequence[Variant]
    experiment: Running | None = None
    selection: str = Selection.PRIORITY
    goals: Mapping[str, float] | None = None
    explore: int = 0


@dataclass(frozen=True)
class Catalogue:
    """All elements by code, the names of the segments that audiences ask for, and the experiments
    that run without a placement: that of algorithms, the others by code.
    """

    stamp: str
    read_at: float
    elements: Mapping[str, Element]
    segment_names: Mapping[str, str]
    by_algorithm: Running | None = None
    elsewhere: Mapping[str, Running] = field(default_factory=dict)

    def of_page(self, page_type: str, website: str) -> list[Element]:
        """Return the active elements of a page of a website, by code."""
        return [
            one
            for one in self.elements.values()
            if one.is_active and one.page_type == page_type and one.website in (None, website)
        ]


_kept: Catalogue | None = None
_lock = threading.Lock()


def catalogue() -> Catalogue:
    """Return the catalogue as stored now; one query where nothing has changed."""
    global _kept
    stamp = _stamp()
    kept = _kept
    if kept is not None and _holds(kept, stamp):
        return kept
    with _lock:  # One thread reads, the others wait for it.
        kept = _kept
        if kept is None or not _holds(kept, stamp):
            # The stamp was read first: a concurrent write gives another stamp.
            kept = _kept = _read(stamp)
    return kept


def change(**kwargs: Any) -> None:
    """Have every process reload the catalogue; a receiver of Django's model signals."""
    row = {"stamp": uuid4().hex}
    PlacementsStamp.objects.update_or_create(pk=ONLY, defaults=row)


def _holds(kept: Catalogue, stamp: str) -> bool:
    # Without a stamp, changes cannot be noticed.
    return kept.stamp == stamp != "" and time.monotonic() - kept.read_at < OLDEST


def _stamp() -> str:
    found = PlacementsStamp.objects.filter(pk=ONLY).values_list("stamp", flat=True).first()
    return found or ""


def _read(stamp: str) -> Catalogue:
    at = time.monotonic()
    counts = {
        (row.element, row.variant): Counts(row.exposures, row.conversions)
        for row in VariantCounter.objects.all()
    }
    variants: dict[int, list[Variant]] = {}
    asked: set[str] = set()
    rows = ExperienceVariant.objects.select_related("placement").order_by("priority", "code")
    for row in rows:
        asked |= segments_named(row.audience)
        default = counts.get((row.placement.code, ""), NONE)
        own = counts.get((row.placement.code, row.code), NONE)
        variants.setdefault(row.placement_id, []).append(_variant(row, own, default))
    rows_running = list(Experiment.objects.filter(state=ExperimentState.RUNNING))
    running = {row.placement_id: running_of(row) for row in rows_running if row.placement_id}
    others = [running_of(row) for row in rows_running if row.placement_id is None]
    elements = {
        row.code: Element(
            row.code,
            row.page_type,
            row.website.code if row.website else None,
            row.default_content,
            row.is_active,
            tuple(variants.get(row.pk, ())),
            running.get(row.pk),
            row.selection,
            row.goals,
            row.explore,
        )
        for row in Placement.objects.select_related("website").order_by("code")
    }
    names = dict(Segment.objects.filter(code__in=asked).values_list("code", "name"))
    # At most one running experiment compares algorithms.
    by_algorithm = next((one for one in others if one.algorithms), None)
    elsewhere = {one.code: one for one in others if not one.algorithms}
    return Catalogue(stamp, at, elements, names, by_algorithm, elsewhere)


def running_of(row: Experiment) -> Running:
    """Return an experiment as it is served while it is running."""
    variants = row.variants
    return Running(
        row.pk,
        row.code,
        row.salt,
        row.traffic,
        variants,
        row.audience,
        {one["code"]: one["content"] for one in variants if one.get("content")},
        {one["code"]: one["algorithm"] for one in variants if "algorithm" in one},
        row.lifts,
        bandit_of(row),
    )


def _variant(row: ExperienceVariant, own: Counts, default: Counts) -> Variant:
    return Variant(
        row.code,
        row.audience,
        row.context,
        row.live,
        row.priority,
        row.starts_at,
        row.ends_at,
        row.is_active,
        row.content,
        confidence(own, default),
        min(own.exposures, default.exposures),
    )
