"""Usages by experiments: segments of their audiences, and salts of their assignments."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.text.formats import in_quotes
from personalization.conditions.audience import segments_named
from personalization.models import Experiment, ExperimentState
from segments.models import Segment
from segments.rules.users import NewUse, Use, UsersOfSegments

# The most experiments that a sentence names.
NAMED = 3


def experiments_of(segment: Segment) -> list[Use]:
    """Return the experiments whose audience names `segment`, by code; a running one prevents
    deletion.
    """
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


def _new_address(segment: Segment) -> str:
    steps = reverse("admin:personalization_experiment_steps")
    return f"{steps}?{urlencode({'segment': segment.code})}"


USED_BY_EXPERIMENTS = UsersOfSegments(
    "personalization.experiments",
    _("Experiments"),
    experiments_of,
    ("personalization.view_experiment",),
    NewUse(_("New experiment for this segment"), _new_address, ("personalization.add_experiment",)),
)


def describe_experiments(salt: str) -> str:
    """Return a text with the experiments that use `salt` for their assignments; "" for none."""
    names = list(Experiment.objects.filter(salt=salt).values_list("name", flat=True)[: NAMED + 1])
    if not names:
        return ""
    if len(names) > NAMED:
        return gettext("the variants of several experiments")
    return ngettext(
        "the variants of the experiment %(names)s",
        "the variants of the experiments %(names)s",
        len(names),
    ) % {"names": ", ".join(map(in_quotes, names))}
