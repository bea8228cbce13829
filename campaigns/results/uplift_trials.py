"""Campaigns as trials of an uplift: recipients beside who was held out when they were settled."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps

from campaigns.models import Campaign, HeldOut
from campaigns.results.incremental import PREFIX, audience
from campaigns.results.touches import source_of_campaign

if TYPE_CHECKING:
    from predictions.kinds.uplift.trials import Contact, Trial


def find(code: str) -> "Trial | None":
    """Return the campaign that clicks credit as `code` (`mail:CODE`) as a trial; None for none."""
    from predictions.kinds.uplift.trials import Trial

    if not code.startswith(PREFIX):
        return None
    campaign = Campaign.objects.filter(code=code.removeprefix(PREFIX)).first()
    if campaign is None:
        return None
    has_control = campaign.frozen_at is not None and (
        HeldOut.objects.filter(campaign=campaign).exists()
    )

    def contacts(as_of: datetime) -> "Iterator[Mapping[int, Contact]]":
        return _contacts_at_freeze(campaign, as_of)

    return Trial(code, campaign.name, has_control, contacts)


def codes() -> list[tuple[str, str]]:
    """Return code and name of each campaign with held-out customers."""
    held_out = HeldOut.objects.values("campaign")
    rows = Campaign.objects.filter(pk__in=held_out, frozen_at__isnull=False).order_by("code")
    return [(source_of_campaign(one), one.name) for one in rows]


def _contacts_at_freeze(campaign: Campaign, as_of: datetime) -> "Iterator[Mapping[int, Contact]]":
    """Yield since when each customer is a recipient or held out: both were settled at once."""
    from predictions.kinds.uplift.trials import Contact

    at = campaign.frozen_at
    if at is None or at > as_of:
        return
    for some in audience(campaign, as_of):
        yield {key: Contact(at, not is_held_out) for key, is_held_out in some.items()}


def register() -> None:
    """Have uplifts learned of campaigns; called once, when Django is ready."""
    if apps.is_installed("predictions"):
        from predictions.kinds.uplift.trials import TRIALS, TrialSource

        TRIALS.register(TrialSource("mail", find, codes))
