"""The result of a campaign that has left: an answer, its figures, and the next steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.admin.campaigns.attributed_revenue import attributed_revenue_for_page
from campaigns.conditions.families import tracked
from campaigns.conditions.relations import SEEN_BY
from campaigns.models import Campaign, CampaignState, MessageReason
from campaigns.results.reports import MARKS, Engagement, engagement_of
from conditions.registry import find_attribute
from core.text.formats import moment_shown, number_shown, share_shown
from segments.admin.new_segments.prefilled import builder_url, send_url
from segments.admin.next_steps import NextStep

ENDED = (CampaignState.SENT, CampaignState.CANCELLED)
# The longest name of a segment.
LONGEST_NAME = 200
OPENED, CLICKED = "mail.opened_at", "mail.clicked_at"
# Until so long after the last mail, customers who have not opened it may not have seen it yet.
TIME_TO_OPEN = timedelta(days=1)


@dataclass(frozen=True)
class Figure:
    """A figure: its label, the figure in words, what it is of, and the URL of its customers."""

    label: str
    shown: str
    below: str = ""
    url: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a campaign brought. `brought` has the attributed orders, None without attribution.

    `has_shares` where opens and clicks are shares of the mails, not totals. `waits` says when the
    customers who did not open can be mailed; "" where no such step waits.
    """

    answer: str
    figures: list[Figure]
    steps: list[NextStep]
    brought: dict[str, Any] | None
    has_shares: bool
    waits: str


class Recipients:
    """Links to the recipients of a campaign, as segments; "" for users who may not build those.

    There is no link to those whose mail lacks something where segments cannot leave out the
    customers of whom that is not known.
    """

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
        if any(how == "is_empty" for _one, how in of_mail):
            is_tracked = tracked()[0]
            if find_attribute(is_tracked["attribute"]) is None:
                return ""
            conditions.append(is_tracked)
        name = f"{name}: {self._campaign.name}"[:LONGEST_NAME]
        return builder_url(self._user, name, conditions)

    def sending(self, url: str) -> str:
        """Return the URL that opens a mail to the segment of `url`."""
        return send_url(self._user, url)


def outcome_of(
    campaign: Campaign, report: dict[str, Any], at: datetime, user: User | AnonymousUser
) -> Outcome:
    """Return what `campaign` brought until `at` (aware), by its `report`."""
    brought = attributed_revenue_for_page(report)
    recipients = Recipients(campaign, user)
    has_ended = campaign.state in ENDED
    # Providers that report neither opens nor clicks do not count them. The shares are not counted
    # each time that the page of a campaign on its way is loaded again.
    is_counted = has_ended and bool(report["opens"] or report["clicks"])
    engaged = engagement_of(campaign) if is_counted else None
    answer = _answer(report, brought, engaged)
    if engaged is not None and not engaged.known:
        engaged = None
    steps = _steps(report, engaged, recipients) if has_ended else []
    waits = ""
    if unopened := _unopened_step(report, engaged, recipients):
        until = campaign.finished_at + TIME_TO_OPEN if campaign.finished_at else at
        if at >= until:
            steps.insert(0, unopened)
        else:
            text = _("From %(at)s on you can send here to those who did not open it.")
            waits = text % {"at": moment_shown(until)}
    figures = [
        *_attributed(brought),
        *_counted(report, engaged, recipients),
        *_reported(campaign, report, recipients),
    ]
    return Outcome(answer, figures, steps, brought, engaged is not None, waits)


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
    if engaged is not None and engaged.known:
        return _engaged(report, engaged)
    if report["opens"] or report["clicks"]:
        if engaged is None:
            text = _("%(opens)s opens and %(clicks)s clicks were counted so far.")
        elif engaged.is_kept:
            text = _(
                "%(opens)s opens and %(clicks)s clicks were counted; whose they are is not known, "
                "as no recipient allows tracking."
            )
        else:
            text = _(
                "%(opens)s opens and %(clicks)s clicks were counted; whose they are is not known, "
                "as the messages or their customers are not kept any more."
            )
        opens, clicks = number_shown(report["opens"]), number_shown(report["clicks"])
        return text % {"opens": opens, "clicks": clicks}
    if report["purged"] and not report["sent"]:
        return _("Its messages are not kept any more.")
    if any(report[name] for name in (*MARKS, "coupons_redeemed")):
        text = ngettext(
            "%(shown)s mail has left; no open or click was reported.",
            "%(shown)s mails have left; no open or click was reported.",
            report["sent"],
        )
    else:
        text = ngettext(
            "%(shown)s mail has left; nothing has come back yet.",
            "%(shown)s mails have left; nothing has come back yet.",
            report["sent"],
        )
    return text % {"shown": number_shown(report["sent"])}


def _engaged(report: dict[str, Any], engaged: Engagement) -> str:
    """Return the shares of the mails that were opened and clicked in, as far as reported."""
    shares = {
        "opened": share_shown(engaged.opened / engaged.known),
        "clicked": share_shown(engaged.clicked / engaged.known),
    }
    if not report["opens"]:
        return _("%(clicked)s clicked in it.") % shares
    if not report["clicks"]:
        return _("%(opened)s opened it.") % shares
    return _("%(opened)s opened it, %(clicked)s clicked in it.") % shares


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


def _attributed(brought: dict[str, Any] | None) -> Iterator[Figure]:
    if brought is not None:
        yield Figure(_("Orders"), number_shown(brought["orders"]))
        yield Figure(_("Revenue"), brought["revenue"])


def _counted(
    report: dict[str, Any], engaged: Engagement | None, recipients: Recipients
) -> Iterator[Figure]:
    if engaged is None:
        for label, total in ((_("Opens"), report["opens"]), (_("Clicks"), report["clicks"])):
            if total:
                yield Figure(label, number_shown(total))
        return
    for label, total, number, attribute in (
        (_("Opened"), report["opens"], engaged.opened, OPENED),
        (_("Clicked"), report["clicks"], engaged.clicked, CLICKED),
    ):
        if not total:  # Providers report either, both or none.
            continue
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
    # Mails that the server rejected at the hand-over count as failed, and as bounced.
    handed = sent + report["failed_by_reason"].get(MessageReason.REJECTED, 0)
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
        whole = handed if name == "bounced" else sent
        below = share_shown(number / whole) if 0 < whole >= number else ""
        yield Figure(label, number_shown(number), below, url)
    if campaign.coupon_rule_id:
        issued, redeemed = report["coupons_issued"], report["coupons_redeemed"]
        share = share_shown(redeemed / issued) if issued else ""
        yield Figure(_("Coupons issued"), number_shown(issued))
        yield Figure(_("Coupons redeemed"), number_shown(redeemed), share)


def _steps(
    report: dict[str, Any], engaged: Engagement | None, recipients: Recipients
) -> list[NextStep]:
    """Return the next step: make a segment of those who clicked, or else of all recipients."""
    if engaged is None or not (engaged.clicked or report["opens"]):
        url = recipients.url(_("Received"))
        label = ngettext(
            "Make a segment of the %(shown)s recipient",
            "Make a segment of the %(shown)s recipients",
            report["sent"],
        )
        label %= {"shown": number_shown(report["sent"])}
        return [NextStep(label, url)] if url and report["sent"] else []
    url = recipients.url(_("Clicked"), (CLICKED, "is_not_empty"))
    if not (engaged.clicked and url):
        return []
    label = ngettext(
        "Make a segment of the %(shown)s customer who clicked",
        "Make a segment of the %(shown)s customers who clicked",
        engaged.clicked,
    )
    return [NextStep(label % {"shown": number_shown(engaged.clicked)}, url)]


def _unopened_step(
    report: dict[str, Any], engaged: Engagement | None, recipients: Recipients
) -> NextStep | None:
    """Return the step to send to those who did not open; None where opens are not reported."""
    if engaged is None or not (report["opens"] and engaged.unopened):
        return None
    url = recipients.url(_("Did not open"), (OPENED, "is_empty"), (CLICKED, "is_empty"))
    sending = recipients.sending(url)
    if not sending:
        return None
    label = ngettext(
        "Send to the %(shown)s customer who did not open",
        "Send to the %(shown)s customers who did not open",
        engaged.unopened,
    )
    return NextStep(label % {"shown": number_shown(engaged.unopened)}, sending, is_post=True)
