"""Experiments as trials of an uplift: finished ones, whose control was shown the default.

Bandits are not used: their weights depend on earlier outcomes, so that the groups differ by more
than what they were shown.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from personalization.experiments.results.units import BATCH
from personalization.models import Assignment, BehaviorEvent, Experiment, ExperimentState
from personalization.models.behavior.types import TYPES
from personalization.models.experiences.experiment import Mode
from predictions.kinds.uplift.trials import Contact, Contacts, Trial, TrialSource, VisitSource


def _has_control(experiment: Experiment) -> bool:
    """Return whether an experiment is finished and its first variant, the control, was assigned."""
    is_finished = experiment.state == ExperimentState.STOPPED and experiment.mode != Mode.BANDIT
    weights = [one["weight"] for one in experiment.variants]
    return is_finished and len(weights) > 1 and weights[0] > 0


def _find(code: str) -> Trial | None:
    experiment = Experiment.objects.filter(code=code).first()
    if experiment is None:
        return None

    def contacts(as_of: datetime) -> Contacts:
        return _first_contacts(experiment, as_of)

    return Trial(experiment.code, experiment.name, _has_control(experiment), contacts)


def _first_contacts(experiment: Experiment, as_of: datetime) -> Iterator[Mapping[int, Contact]]:
    """Yield each customer's first exposure, and whether it was a treatment."""
    control = experiment.variants[0]["code"]
    rows = Assignment.objects.filter(
        experiment=experiment, assigned_at__lte=as_of, customer__isnull=False
    )
    found = rows.order_by("pk").values_list("customer", "variant", "assigned_at")
    rest = found.iterator(chunk_size=BATCH)
    while some := list(islice(rest, BATCH)):
        yield {key: Contact(at, variant != control) for key, variant, at in some}


def _codes() -> list[tuple[str, str]]:
    rows = Experiment.objects.filter(state=ExperimentState.STOPPED).order_by("code")
    return [(one.code, one.name) for one in rows if _has_control(one)]


def _visits(
    keys: Sequence[int], since: datetime, until: datetime
) -> Iterable[tuple[int, datetime]]:
    """Yield the behaviours that open a session, besides the shop's own views and log-ins."""
    rows = BehaviorEvent.objects.filter(
        customer__in=keys,
        occurred_at__range=(since, until),
        behavior_type__in=[name for name, one in TYPES.items() if one.is_activity],
    )
    return rows.values_list("customer", "occurred_at").iterator()


EXPERIMENTS = TrialSource("experiments", _find, _codes)
BEHAVIOR_VISITS = VisitSource("behavior", _visits)
