"""What keeps a campaign from being sent, each with the page that mends it."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.admin.campaigns.about import experiment_named, mail_form_leading_back
from campaigns.admin.coupon_rule import new_coupon_rule
from campaigns.audience.freezing import EMPTY_NAME, NOT_RUNNING, NotSent, check_sendable
from campaigns.audience.preflight_warnings import hole_in_coupon, idle_experiment
from campaigns.audience.senders import stores_without_sender
from campaigns.models import Campaign, CampaignState
from campaigns.words import refusal_text
from price_rules.models import CartPriceRule, CouponKind
from segments.models import Segment

FORM = "admin:campaigns_campaign_change"


@dataclass(frozen=True)
class Obstacle:
    """Why a campaign cannot be sent: a sentence, and the URL and the label of the page that mends
    it; "" without permission.
    """

    text: str
    url: str = ""
    label: str = ""


def obstacle_of(campaign: Campaign, user: User | AnonymousUser) -> Obstacle | None:
    """Return why `campaign` cannot go out to any recipients; None if nothing prevents it."""
    try:
        check_sendable(campaign)
    except NotSent as error:
        return _obstacle(error, campaign, user)
    return None


def obstacle_of_no_recipient(
    campaign: Campaign, user: User | AnonymousUser, *, is_nameless: bool
) -> Obstacle:
    """Return the obstacle that none of the customers whom `campaign` selects would get it.

    `is_nameless` where there would be recipients if the mail showed nothing empty. A new segment
    has no members before its first refresh.
    """
    named = Segment.objects.filter(code__in=campaign.segments, is_active=True)
    if (new := named.filter(refreshed_at=None).order_by("pk").first()) is not None:
        text = _("The members of the segment “%(name)s” are still being computed: look again soon.")
        may_open = user.has_perm("segments.view_segment")
        url = reverse("admin:segments_segment_change", args=[new.pk]) if may_open else ""
        return Obstacle(text % {"name": new.name}, url, _("Open the segment"))
    text = _("Nobody would get it: it cannot be sent.")
    if is_nameless:
        may_edit = user.has_perm("campaigns.change_mailtemplate")
        url = mail_form_leading_back(campaign) if may_edit else ""
        return Obstacle(text, url, _("Edit this mail"))
    return Obstacle(text, _form(campaign, user, "segments"), _("Choose who gets it"))


def is_stuck(campaign: Campaign, user: User | AnonymousUser) -> bool:
    """Return whether it is plain, without counting recipients, that a draft cannot be sent."""
    if campaign.state != CampaignState.DRAFT:
        return False
    is_nobody = campaign.eligible_at is not None and campaign.eligible <= campaign.held_back
    lacking = len(stores_without_sender(campaign.stores))
    return is_nobody or lacking == len(campaign.stores) or obstacle_of(campaign, user) is not None


def _obstacle(error: NotSent, campaign: Campaign, user: User | AnonymousUser) -> Obstacle:
    rule = campaign.coupon_rule
    if error.code == "public_url_missing":
        return Obstacle(refusal_text(error.code))
    if error.code == NOT_RUNNING:
        url = experiment_named(campaign, user).url
        return Obstacle(idle_experiment(campaign), url, _("Open the experiment"))
    if error.code == "no_audience":
        url = _form(campaign, user, "segments")
        return Obstacle(refusal_text(error.code), url, _("Choose who gets it"))
    if rule is not None:
        is_hole = error.code == EMPTY_NAME
        text = hole_in_coupon(error.more["names"][0], rule) if is_hole else refusal_text(error.code)
        may_open = user.has_perm("price_rules.view_cartpricerule")
        url = reverse("admin:price_rules_cartpricerule_change", args=[rule.pk]) if may_open else ""
        return Obstacle(text, url, _("Open the price rule"))
    if error.code == "coupon_without_rule":
        return _obstacle_without_rule(refusal_text(error.code), campaign, user)
    return Obstacle(refusal_text(error.code))


def _obstacle_without_rule(text: str, campaign: Campaign, user: User | AnonymousUser) -> Obstacle:
    """Return the obstacle that the mail shows a coupon and `campaign` has no price rule.

    Where there is no rule to choose, it leads to a new one, and from there to the form.
    """
    url = _form(campaign, user, "coupon_rule")
    has_rules = CartPriceRule.objects.filter(coupon=CouponKind.GENERATED).exists()
    if has_rules or not url or not user.has_perm("price_rules.add_cartpricerule"):
        return Obstacle(text, url, _("Choose a price rule"))
    return Obstacle(text, new_coupon_rule(url), _("Make a price rule with codes"))


def _form(campaign: Campaign, user: User | AnonymousUser, field: str) -> str:
    if not user.has_perm("campaigns.change_campaign"):
        return ""
    return f"{reverse(FORM, args=[campaign.pk])}#id_{field}"
