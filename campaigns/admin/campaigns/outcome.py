"""The result of a campaign that has left: an answer, its figures, and the next steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.campaigns.attributed_revenue import attributed_revenue_for_page
from campaigns.conditions.families import SEEN_BY, TRACKED
from campaigns.models import Campaign, CampaignState
from campaigns.results.reports import Engagement, engagement_of
from conditions.registry import find_attribute
from core.text.formats import number_shown, share_shown
from segments.admin.next_steps import NextStep
from segments.admin.prefilled import builder_url, send_url

ENDED = (CampaignState.SENT, CampaignState.CANCELLED)
# The longest name of a segment.
LONGEST_NAME = 200
OPENED, CLICKED = "mail.opened_at", "mail.clicked_at"


@dataclass(frozen=True)
class Figure:
    """A figure: its label, the figure in words, what it is of, and the URL of its customers."""

    label: str
    shown: str
    below: str = ""
    url: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a campaign brought. `brought` has the attributed orders, None without attribution."""

    answer: str
    figures: list[Figure]
    steps: list[NextStep]
    brought: dict[str, Any] | None


class Recipients:
    """Links to the recipients of a campaign, as segments; "" for users who may not build those."""

    def __init__(self, campaign: Campaign, user: User | AnonymousUser) -> None:
        self._campaign = campaign
        self._user = user

    def url(self, name: str, *of_mail: tuple[str, str], relation: str = "mails") -> str:
        """Return the URL of a new segment of the recipients whose mail meets `of_mail`.

        `of_mail` are conditions as (attribute, operator).
        """
        if not self._user.has_perms(SEEN_BY):
            return ""
        campaign = {"attribute": "mail.campaign", "operator": "is", "value": self._campaign.code}
        mail = [campaign, *({"attribute": one, "operator": how} for one, how in of_mail)]
        conditions: list[dict[str, Any]] = [
            {"relation": relation, "match": "all", "conditions": mail}
        ]
        is_about_absence = any(how == "is_empty" for _one, how in of_mail)
        if is_about_absence and find_attribute(str(TRACKED["attribute"])) is not None:
            # The opens and clicks of other customers are not known.
            conditions.append(TRACKED)
        name = f"{name}: {self._campaign.name}"[:LONGEST_NAME]
        return builder_url(self._user, name, conditions)

    def sending(self, url: str) -> str:
        """Return the URL that opens a mail to the segment of `url`."""
        return send_url(self._user, url)


def outcome_of(campaign: Campaign, report: dict[str, Any], user: User | AnonymousUser) -> Outcome:
    """Return what `campaign` brought, by its `report`."""
    # Providers that report neither opens nor clicks do not count them.
    is_counted = bool(report["opens"] or report["clicks"])
    engaged = engagement_of(campaign) if is_counted else None
    if engaged is not None and not engaged.known:
        engaged = None
    brought = attributed_revenue_for_page(report)
    recipients = Recipients(campaign, user)
    return Outcome(
        _answer(report, brought, engaged),
        [
            *_attributed(report, brought),
            *_counted(report, engaged, recipients),
            *_reported(campaign, report, recipients),
        ],
        _steps(report, engaged, recipients) if campaign.state in ENDED else [],
        brought,
    )


def _answer(
    report: dict[str, Any], brought: dict[str, Any] | None, engaged: Engagement | None
) -> str:
    incremental = brought and brought["incremental"]
    if incremental and incremental["value"]:
        return _compared(report["incremental_revenue"], incremental)
    if brought and brought["orders"]:
        text = ngettext(
            "%(orders)s order followed a click in this mail: %(revenue)s.",
            "%(orders)s orders followed a click in this mail: %(revenue)s.",
            brought["orders"],
        )
        return text % {"orders": number_shown(brought["orders"]), "revenue": brought["revenue"]}
    if engaged is not None:
        text = _("%(opened)s opened it, %(clicked)s clicked in it.")
        opened, clicked = engaged.opened / engaged.known, engaged.clicked / engaged.known
        return text % {"opened": share_shown(opened), "clicked": share_shown(clicked)}
    if report["opens"] or report["clicks"]:
        text = _(
            "%(opens)s opens and %(clicks)s clicks were counted; whose they are is not known, as "
            "no recipient allows tracking."
        )
        opens, clicks = number_shown(report["opens"]), number_shown(report["clicks"])
        return text % {"opens": opens, "clicks": clicks}
    # The messages of an old campaign are not kept.
    left = report["sent"] or report["purged"]
    text = ngettext(
        "%(shown)s mail has left; nothing has come back yet.",
        "%(shown)s mails have left; nothing has come back yet.",
        left,
    )
    return text % {"shown": number_shown(left)}


def _compared(measured: dict[str, Any], shown: dict[str, Any]) -> str:
    """Return how the revenue compares with that of no mail; `shown` has the `measured` amounts."""
    if not measured["interval"]:
        return _("Compared with no mail, it brought %(value)s.") % {"value": shown["value"]}
    low, high = (Decimal(one) for one in measured["interval"])
    values = dict(zip(("low", "high"), shown["interval"], strict=True))
    if low <= 0 <= high:
        text = _(
            "It cannot be told from no mail: its difference lies between %(low)s and %(high)s, "
            "with a certainty of 95 per cent."
        )
        return text % values
    text = _(
        "Compared with no mail, it brought %(value)s; with a certainty of 95 per cent, between "
        "%(low)s and %(high)s."
    )
    return text % (values | {"value": shown["value"]})


def _attributed(report: dict[str, Any], brought: dict[str, Any] | None) -> Iterator[Figure]:
    if brought is None:
        return
    below, sent = "", report["sent"]
    if sent:
        share = share_shown(brought["orders"] / sent)
        below = _("%(share)s of the mails that were sent") % {"share": share}
    yield Figure(_("Orders"), number_shown(brought["orders"]), below)
    yield Figure(_("Revenue"), brought["revenue"])


def _counted(
    report: dict[str, Any], engaged: Engagement | None, recipients: Recipients
) -> Iterator[Figure]:
    if engaged is None:
        if report["opens"] or report["clicks"]:
            yield Figure(_("Opens"), number_shown(report["opens"]))
            yield Figure(_("Clicks"), number_shown(report["clicks"]))
        return
    for label, number, attribute in (
        (_("Opened"), engaged.opened, OPENED),
        (_("Clicked"), engaged.clicked, CLICKED),
    ):
        share = share_shown(number / engaged.known)
        url = recipients.url(label, (attribute, "is_not_empty")) if number else ""
        yield Figure(label, share, _part(number, engaged.known), url)


def _part(number: int, whole: int) -> str:
    """Return the base of a share in words."""
    return _("%(number)s of %(whole)s") % {
        "number": number_shown(number),
        "whole": number_shown(whole),
    }


def _reported(
    campaign: Campaign, report: dict[str, Any], recipients: Recipients
) -> Iterator[Figure]:
    """Yield the other numbers that providers report; each links to its customers."""
    sent = report["sent"]
    named = [
        (_("Bounced"), "bounced", "all_mails"),
        (_("Reported as spam"), "complained", "all_mails"),
        (_("Unsubscribed"), "unsubscribed", "mails"),
    ]
    if report["delivered"]:
        named.insert(0, (_("Delivered"), "delivered", "mails"))
    for label, name, relation in named:
        number = report[name]
        about = (f"mail.{name}_at", "is_not_empty")
        url = recipients.url(label, about, relation=relation) if number else ""
        below = share_shown(number / sent) if sent else ""
        yield Figure(label, number_shown(number), below, url)
    if campaign.coupon_rule_id:
        issued, redeemed = report["coupons_issued"], report["coupons_redeemed"]
        share = share_shown(redeemed / issued) if issued else ""
        yield Figure(_("Coupons issued"), number_shown(issued))
        yield Figure(_("Coupons redeemed"), number_shown(redeemed), share)


def _steps(
    report: dict[str, Any], engaged: Engagement | None, recipients: Recipients
) -> list[NextStep]:
    """Return the next steps: send to those who did not open, make a segment of those who clicked.

    Without counts of opens the step is a segment of all recipients.
    """
    if engaged is None:
        url = recipients.url(_("Received"))
        label = ngettext(
            "Make a segment of the %(shown)s recipient",
            "Make a segment of the %(shown)s recipients",
            report["sent"],
        )
        label %= {"shown": number_shown(report["sent"])}
        return [NextStep(label, url)] if url and report["sent"] else []
    steps = []
    url = recipients.url(_("Did not open"), (OPENED, "is_empty"))
    if engaged.unopened and (sending := recipients.sending(url)):
        label = ngettext(
            "Send to the %(shown)s customer who did not open",
            "Send to the %(shown)s customers who did not open",
            engaged.unopened,
        )
        label %= {"shown": number_shown(engaged.unopened)}
        steps.append(NextStep(label, sending, is_post=True))
    url = recipients.url(_("Clicked"), (CLICKED, "is_not_empty"))
    if engaged.clicked and url:
        label = ngettext(
            "Make a segment of the %(shown)s customer who clicked",
            "Make a segment of the %(shown)s customers who clicked",
            engaged.clicked,
        )
        steps.append(NextStep(label % {"shown": number_shown(engaged.clicked)}, url))
    return steps
