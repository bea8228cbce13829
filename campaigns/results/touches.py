"""Clicks in mails for attribution: the source that a mail is credited as, and the customers.

A click has a customer only if personalization is installed and the customer allows tracking.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import apps

from campaigns.models import Campaign, Message

if TYPE_CHECKING:
    from predictions.attribution import TouchRow


def source_of(message: Message) -> str:
    """Return the source that clicks in `message` are credited to; '' for a test."""
    if message.campaign is not None:
        return source_of_campaign(message.campaign)
    return message.sequence.source if message.sequence is not None else ""


def source_of_campaign(campaign: Campaign) -> str:
    """Return the source that clicks in the mails of `campaign` are credited to."""
    return f"mail:{campaign.code}"


def clicks_in_mails(
    *, first: int, last: int, since: datetime | None, until: datetime
) -> Iterator["TouchRow"]:
    """Yield the clicks in mails of this app (`predictions.attribution.sources`)."""
    from personalization.behavior.touches import MAILS, every_click

    clicks = every_click(first=first, last=last, since=since, until=until)
    return (one for one in clicks if one.campaign.startswith(MAILS))


def stores_touches() -> bool:
    """Return whether the apps that store clicks and that attribute orders are both installed."""
    return apps.is_installed("personalization") and apps.is_installed("predictions")


def register() -> None:
    """Hang the clicks in; called once, when Django is ready."""
    if stores_touches():
        from predictions.attribution import register_touches

        register_touches("campaigns.clicks", clicks_in_mails)
