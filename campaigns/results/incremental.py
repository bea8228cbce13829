"""The incremental revenue of a campaign: its recipients compared with its holdout group.

Both groups were assigned at the freeze. A recipient who did not get the mail after all still counts
as a recipient (intention to treat), so that the groups only differ by chance.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import Campaign, HeldOut, Message
from campaigns.results.touches import source_of_campaign

if TYPE_CHECKING:
    from personalization.incremental_revenue.campaigns import Campaign as Measured

# Sales of so long count, from when the recipients were settled.
WINDOW = timedelta(days=7)
TOGETHER = 1_000
PREFIX = "mail:"


def incremental_of(campaign: Campaign, at: datetime) -> dict[str, Any] | None:
    """Return the incremental revenue of `campaign` until `at` (aware), as personalization has it.

    None if the campaign has no held-out customers: it does not respect the holdout, its recipients
    are not frozen, or personalization is missing. Without a value, `reason` says why.
    """
    if not campaign.respects_holdout or campaign.frozen_at is None:
        return None
    if not apps.is_installed("personalization"):
        return None
    from personalization.incremental_revenue.comparison.outcomes import WHOLE, outcomes
    from personalization.incremental_revenue.figures.lifts import incremental_revenue
    from personalization.incremental_revenue.question import Question

    question = Question(
        since=campaign.frozen_at,
        until=campaign.frozen_at + WINDOW,
        as_of=at,
        campaign=measured_campaign(campaign),
    )
    return incremental_revenue(outcomes(question)[WHOLE], question.basis)


def measured_campaign(campaign: Campaign) -> "Measured":
    """Return `campaign` as personalization compares its groups."""
    from personalization.incremental_revenue.campaigns import Campaign as Measured

    return Measured(source_of_campaign(campaign), partial(audience, campaign))


def audience(campaign: Campaign, as_of: datetime) -> Iterator[Mapping[int, bool]]:
    """Yield whether each customer of the frozen audience was held out, some at a time."""
    recipients = Message.objects.filter(campaign=campaign).exclude(customer=None)
    # A recipient may have been merged with a held-out customer.
    is_recipient = Exists(recipients.filter(customer=OuterRef("customer")))
    others = HeldOut.objects.filter(campaign=campaign).exclude(is_recipient)
    groups: tuple[tuple[QuerySet[Any], bool], ...] = ((recipients, False), (others, True))
    for rows, is_held_out in groups:
        keys = rows.order_by("customer").values_list("customer", flat=True)
        after = 0
        while some := list(keys.filter(customer__gt=after)[:TOGETHER]):
            after = some[-1]
            yield dict.fromkeys(some, is_held_out)


def find(code: str) -> "Measured | None":
    """Return the campaign that clicks credit as `code` (`mail:CODE`), where it held anybody out."""
    rows = Campaign.objects.filter(respects_holdout=True, frozen_at__isnull=False)
    campaign = rows.filter(code=code.removeprefix(PREFIX)).first()
    return measured_campaign(campaign) if campaign and code.startswith(PREFIX) else None


def register() -> None:
    """Have personalization measure campaigns; called once, when Django is ready."""
    if apps.is_installed("personalization"):
        from personalization.incremental_revenue.campaigns import CAMPAIGNS, CampaignSource

        CAMPAIGNS.register(CampaignSource("mail", find))
