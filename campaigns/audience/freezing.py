"""Freezing: the recipients of a campaign become its messages, once, in one snapshot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from campaigns.audience.coupons import empty_coupon_names, reason_against_coupon_in
from campaigns.audience.judging import Audience, judged_audience
from campaigns.audience.recipients import HELD_OUT, JUDGED, MESSAGES, judged_recipients
from campaigns.audience.scope import Resolved, resolve_scope
from campaigns.audience.senders import stores_without_sender
from campaigns.audit import CAMPAIGN
from campaigns.content.contents import contents_of
from campaigns.content.experiments import running_experiment
from campaigns.content.variants import settle_variants
from campaigns.models import Campaign, CampaignState, MessageKind, MessageState
from campaigns.winners.splitting import split_messages
from core.audit import record
from core.clock import now
from customers.models import AuditAction

# States in which a campaign can be frozen: when it is due, or when a user sends it.
BEFORE = (CampaignState.DRAFT, CampaignState.SCHEDULED, CampaignState.FREEZING)
# States in which the recipients are to be frozen.
WAITING = (CampaignState.SCHEDULED, CampaignState.FREEZING)
NOT_RUNNING = "experiment_not_running"
NO_USABLE_COUPON = "no_usable_coupon"
EMPTY_NAME = "empty_coupon_name"


class NotSent(ValueError):
    """The campaign cannot be sent: `code` is the contract's, `more` has numbers or names as
    details.
    """

    def __init__(self, code: str, **more: Any) -> None:
        self.code = code
        self.more = more
        super().__init__(code)


@dataclass(frozen=True)
class Ready:
    """A campaign whose recipients are frozen, with the audience and its exclusions."""

    campaign: Campaign
    audience: Audience | None


def lock_campaign(pk: int) -> Campaign:
    """Return the stored campaign with its row locked until the end of the transaction."""
    found: Campaign = Campaign.objects.select_for_update(no_key=True).get(pk=pk)
    return found


def check_sendable(campaign: Campaign) -> Resolved:
    """Resolve the codes of `campaign`; raises NotSent where it cannot go out to any audience."""
    if not settings.PUBLIC_URL:
        raise NotSent("public_url_missing")
    found = resolve_scope(campaign)
    if found.is_nobody:
        raise NotSent("no_audience")
    contents, rule = contents_of(campaign), campaign.coupon_rule
    if why := reason_against_coupon_in(contents, rule, campaign.goes_out_at(now())):
        raise NotSent(why)
    if rule is not None and (names := empty_coupon_names(contents, rule)):
        raise NotSent(EMPTY_NAME, names=names)
    if campaign.experiment and running_experiment(campaign.experiment) is None:
        raise NotSent(NOT_RUNNING, experiment=campaign.experiment)
    return found


def check_senders(campaign: Campaign, audience: Audience) -> None:
    """Raise NotSent where a store with recipients has no complete sender.

    A store without recipients sends nothing, and needs none; without any recipients, each store of
    the campaign needs one.
    """
    if missing := stores_without_sender(audience.by_store or campaign.stores):
        raise NotSent("sender_missing", stores=[one.code for one in missing])


def check_audience(campaign: Campaign, audience: Audience, expected: int | None) -> None:
    """Raise NotSent where `campaign` cannot go out to `audience`, its recipients."""
    check_senders(campaign, audience)
    check_expected(expected, audience.eligible)
    if not audience.eligible:
        raise NotSent("no_audience")
    if audience.held_back == audience.eligible:
        raise NotSent(NO_USABLE_COUPON, reasons=dict(audience.without_use))


def check_expected(expected: int | None, eligible: int) -> None:
    """Raise NotSent where the number of recipients is not the one that the sending user expects."""
    if expected is not None and expected != eligible:
        raise NotSent("audience_changed", expected=expected, eligible=eligible)


def freeze(
    campaign: Campaign, at: datetime, *, expected: int | None = None, author: Any = None
) -> Ready:
    """Freeze the recipients of `campaign` at `at`: create one message for each; later calls do
    nothing.

    Raises NotSent without freezing anything: `audience_changed` where the number of recipients is
    not `expected`, `no_audience` where there are none, `no_usable_coupon` where nobody could use
    its coupon, `experiment_not_running` where its experiment is not running.
    """
    with transaction.atomic():
        stored = lock_campaign(campaign.pk)
        if stored.state not in BEFORE:
            check_expected(expected, stored.eligible)
            return Ready(stored, None)
        found = check_sendable(stored)
        with judged_recipients(stored, found, at, settings.MAIL_MAX_PER_CUSTOMER_WEEK):
            audience = judged_audience(stored, at)
            check_audience(stored, audience, expected)
            _insert(stored, at)
        before = {"state": stored.state}
        stored.state, stored.pause_reason = CampaignState.SENDING, ""
        stored.frozen_at = stored.eligible_at = at
        stored.eligible, stored.held_back = audience.eligible, audience.held_back
        if not settle_variants(stored):
            raise NotSent(NOT_RUNNING, experiment=stored.experiment)
        split_messages(stored, at)
        stored.frozen_template = stored.template.versions.get(number=stored.template.version)
        stored.audience = {
            "members": audience.members,
            "eligible": audience.eligible,
            "excluded": dict(audience.excluded),
            "by_store": dict(audience.by_store),
            "subscribed_elsewhere": audience.subscribed_elsewhere,
        }
        stored.save()
        after = {"state": stored.state, "eligible": audience.eligible}
        record(author, AuditAction.CHANGED, CAMPAIGN, stored.code, before=before, after=after)
    return Ready(stored, audience)


def freeze_due(at: datetime) -> int:
    """Freeze the recipients of all campaigns that are due; return how many campaigns these were.

    A campaign without recipients, sender or running experiment becomes a draft again, with the
    reason.
    """
    due = Campaign.objects.filter(
        Q(state=CampaignState.SCHEDULED, send_at__lte=at) | Q(state=CampaignState.FREEZING)
    )
    frozen = 0
    for campaign in due.order_by("pk"):
        try:
            frozen += freeze(campaign, at).audience is not None
        except NotSent as error:
            _back_to_draft(campaign, error.code)
    return frozen


def _back_to_draft(campaign: Campaign, why: str) -> None:
    with transaction.atomic():
        stored = lock_campaign(campaign.pk)
        if stored.state not in WAITING:
            return
        before = {"state": stored.state, "pause_reason": stored.pause_reason}
        stored.state, stored.pause_reason = CampaignState.DRAFT, why
        stored.version += 1
        stored.save()
        after = {"state": stored.state, "pause_reason": why}
        record(None, AuditAction.CHANGED, CAMPAIGN, stored.code, before=before, after=after)


def _insert(campaign: Campaign, at: datetime) -> None:
    due = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {MESSAGES} (kind, campaign_id, customer_id, store_id, address, state,"
            " reason, reply, attempts, is_timed, variant, due_at)"
            " SELECT %s, %s, customer_id, store_id, '', %s, '', '', 0, %s, '', %s"
            f" FROM {JUDGED} WHERE reason IS NULL ORDER BY customer_id",
            [MessageKind.CAMPAIGN, campaign.pk, MessageState.SCHEDULED, False, due],
        )
        if campaign.respects_holdout:
            cursor.execute(
                f"INSERT INTO {HELD_OUT} (campaign_id, customer_id)"
                f" SELECT %s, customer_id FROM {JUDGED} WHERE only_held_out = 1",
                [campaign.pk],
            )
