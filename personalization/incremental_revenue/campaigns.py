"""Campaigns whose incremental revenue can be measured; apps above register their sources."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from core.registries import Registry
from predictions.attribution.lift import first_touches
from predictions.models import TouchCampaign, TouchGroup

# By internal key, whether a customer was held out; some at a time, each customer once.
Groups = Iterator[Mapping[int, bool]]


@dataclass(frozen=True)
class Campaign:
    """A campaign that has held customers out; `cost` is None where unknown.

    `audience` yields its frozen audience with those held out, as of an aware instant.
    """

    code: str
    audience: Callable[[datetime], Groups]
    cost: Decimal | None = None


@dataclass(frozen=True)
class CampaignSource:
    """A source of campaigns: `find` returns the campaign of a code, or None."""

    name: str
    find: Callable[[str], Campaign | None]


CAMPAIGNS = Registry[CampaignSource]("source of campaigns")


def campaign_called(code: str) -> Campaign | None:
    """Return the campaign of this code, of the first source that has one."""
    found = (source.find(code) for source in CAMPAIGNS)
    return next((one for one in found if one is not None), None)


def _imported_campaign(code: str) -> Campaign | None:
    row = TouchCampaign.objects.filter(code=code).first()
    return None if row is None else Campaign(row.code, partial(_touched_groups, row), row.cost)


def _touched_groups(campaign: TouchCampaign, as_of: datetime) -> Groups:
    for found in first_touches(campaign, as_of):
        yield {key: group == TouchGroup.HELD_OUT for key, (_at, group) in found.items()}


IMPORTED = CampaignSource("imported", _imported_campaign)
