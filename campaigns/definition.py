"""What a campaign and a template say: all that can be written of them, as values and as JSON."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Campaign, Match, SendTime


@dataclass(frozen=True)
class CampaignDefinition:
    """All of a campaign but its code and its state; templates and rules by their codes."""

    name: str
    template: str
    stores: tuple[str, ...]
    segments: tuple[str, ...] = ()
    match: str = Match.ANY
    exclude_segments: tuple[str, ...] = ()
    # Aware; None: when somebody sends it.
    send_at: datetime | None = None
    send_time: str = SendTime.ASAP
    coupon_rule: str | None = None
    respects_holdout: bool = False
    # The code of one whose variants are mails; None: none.
    experiment: str | None = None


LISTS = ("stores", "segments", "exclude_segments")


def campaign_definition(campaign: Campaign) -> CampaignDefinition:
    """Return what `campaign` says as it is stored."""
    return CampaignDefinition(
        name=campaign.name,
        template=campaign.template.code,
        stores=tuple(campaign.stores),
        segments=tuple(campaign.segments),
        match=campaign.match,
        exclude_segments=tuple(campaign.exclude_segments),
        send_at=campaign.send_at,
        send_time=campaign.send_time,
        coupon_rule=campaign.coupon_rule.code if campaign.coupon_rule else None,
        respects_holdout=campaign.respects_holdout,
        experiment=campaign.experiment or None,
    )


def campaign_json(definition: CampaignDefinition) -> dict[str, Any]:
    """Return `definition` as the API and the audit log have it."""
    values = asdict(definition)
    values |= {name: list(values[name]) for name in LISTS}
    values["send_at"] = definition.send_at.isoformat() if definition.send_at else None
    return values
