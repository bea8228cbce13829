"""Experiments of personalization whose variants are other mails of a campaign.

A campaign names one by its code; without personalization there is none.
"""

from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import Q, QuerySet

from campaigns.models import Campaign, CampaignState
from customers.models import Customer

if TYPE_CHECKING:
    from personalization.models import Experiment

# Personalization's names for the channel of mail, and for the fields of its variants.
CHANNEL, SUBJECT, TEMPLATE = "campaigns", "subject", "template"


def are_possible() -> bool:
    """Return whether there are experiments at all."""
    return apps.is_installed("personalization")


def experiment_called(code: str) -> "Experiment | None":
    """Return the experiment `code`, if there is one."""
    if not code or not are_possible():
        return None
    from personalization.models import Experiment

    return Experiment.objects.filter(code=code).first()


def running_experiment(code: str) -> "Experiment | None":
    """Return the experiment `code` if it is running and about mail."""
    row = experiment_called(code)
    if row is None or row.started_at is None or row.stopped_at is not None:
        return None
    return row if is_of_mail(row) else None


def could_take_part(campaign: Campaign, recipients: QuerySet[Customer]) -> int | None:
    """Return about how many of `recipients` could take part in the campaign's experiment now.

    By their consent, its traffic and the hold-out; its audience is not looked at. None where there
    is none that begins or goes on.
    """
    experiment = experiment_called(campaign.experiment)
    if experiment is None or experiment.stopped_at is not None:
        return None
    from personalization.experiments.assignment.eligible import eligible_for

    # If the campaign respects the holdout, `recipients` has no held-out customers any more.
    is_shared = not campaign.respects_holdout
    return eligible_for(experiment, recipients, holds_out=is_shared).about


def in_each(experiment: "Experiment", about: int) -> dict[str, int]:
    """Return the approximate share of `about` customers for each variant, by its code."""
    from personalization.experiments.assignment import eligible

    return eligible.in_each(experiment, about)


def fewest_of(experiment: "Experiment", about: int) -> int:
    """Return how many of `about` customers would get the smallest variant."""
    from personalization.experiments.assignment import eligible

    return eligible.fewest_of(experiment, about)


def experiments_of_mail() -> "list[Experiment]":
    """Return the drafts and the running ones of mail, by code."""
    if not are_possible():
        return []
    from personalization.models import Experiment, ExperimentState

    rows = Experiment.objects.exclude(state=ExperimentState.STOPPED).filter(placement=None)
    return [row for row in rows.order_by("code") if is_of_mail(row)]


def is_of_mail(experiment: "Experiment") -> bool:
    """Return whether its variants are mails."""
    from personalization.experiments.assignment.channels import channel_of

    found = channel_of(experiment.variants)
    return found is not None and found.name == CHANNEL


def campaigns_of(code: str) -> QuerySet[Campaign]:
    """Return the campaign that has taken the experiment `code`, if any.

    A campaign that was cancelled before its recipients were frozen gives the experiment back.
    """
    given_back = Q(state=CampaignState.CANCELLED, frozen_at=None)
    return Campaign.objects.filter(experiment=code).exclude(given_back)
