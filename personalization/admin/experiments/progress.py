"""How an experiment is doing, on its own page: its sizes, and whether the split holds."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.clock import now
from core.text.formats import UNKNOWN, number_shown
from personalization.experiments.bandits.outcomes import outcomes_of, totals
from personalization.experiments.bandits.split import split_of
from personalization.experiments.results.units import counts_of
from personalization.experiments.results.verdict import FEWEST
from personalization.models import Experiment, Mode
from personalization.statistics import Srm, srm


@dataclass(frozen=True)
class Progress:
    """Each variant with how many were assigned, what was planned of each, and the split.

    `light` is `good`, `bad`, or `none` while it is too early.
    """

    variants: list[tuple[str, str]]
    planned: str
    light: str
    split: str


def progress_of(row: Experiment) -> Progress:
    """Return how `row` is doing now."""
    counts, found = _split_now(row)
    assigned = sum(counts.values())
    light, split = "good", _("The variants have as many customers as their weights promise.")
    if not assigned:
        light, split = "none", _("Nobody was assigned a variant yet.")
    elif assigned < FEWEST:
        light, split = "none", _("Too few were assigned yet to say whether the split holds.")
    elif found.alarm:
        light = "bad"
        split = _("Broken: the variants have not the customers that their weights promise.")
    planned = UNKNOWN if row.planned_size is None else number_shown(row.planned_size)
    shown = [(code, number_shown(count)) for code, count in counts.items()]
    return Progress(shown, planned, light, split)


def _split_now(row: Experiment) -> tuple[dict[str, int], Srm]:
    """Return the number of customers assigned to each variant, and the test of the split."""
    if row.mode == Mode.BANDIT:
        outcomes = outcomes_of(row, now())
        batches = list(row.batches.order_by("number"))
        codes = [one["code"] for one in row.variants]
        assigned = dict(zip(codes, totals(outcomes.assigned), strict=True))
        return assigned, split_of(outcomes, batches)
    counts = counts_of(row, now())
    return counts, srm([*counts.values()], [one["weight"] for one in row.variants])
