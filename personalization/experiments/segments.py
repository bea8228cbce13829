"""Which experiments ask for a segment; one that is running holds it."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from personalization.conditions.audience import segments_named
from personalization.models import Experiment, ExperimentState
from segments.models import Segment
from segments.rules.users import Use, UsersOfSegments


def experiments_of(segment: Segment) -> list[Use]:
    """Return the experiments whose audience names `segment`, by code."""
    return [
        Use(
            row,
            code=row.code,
            name=row.name,
            url=reverse("admin:personalization_experiment_change", args=[row.pk]),
            holds=row.state == ExperimentState.RUNNING,
        )
        for row in Experiment.objects.exclude(audience=None)
        if segment.code in segments_named(row.audience)
    ]


USED_BY_EXPERIMENTS = UsersOfSegments(
    "personalization.experiments",
    _("Experiments"),
    experiments_of,
    ("personalization.view_experiment",),
)
