"""The card “Mail” on the first page: what is being sent, what comes next, what was sent last."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from campaigns.admin.campaigns.about import leaves_shown
from campaigns.models import Campaign, CampaignState, MailSender
from segments.admin.cards import Card

VIEW, ADD = "campaigns.view_campaign", "campaigns.add_campaign"
ADD_SENDER = "campaigns.add_mailsender"
SHOWN = 6
# The order of the rows: what waits for somebody first.
RANKS = {
    CampaignState.PAUSED: 0,
    CampaignState.FREEZING: 1,
    CampaignState.SENDING: 1,
    CampaignState.SCHEDULED: 2,
    CampaignState.SENT: 3,
}


def mail_figures(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the card: campaigns that are sent, come up or were sent last.

    Where there are none, it also has whether the user may add the sender that is missing.
    """
    campaigns = [
        (one, capfirst(one.get_state_display()), leaves_shown(one)) for one in _campaigns()
    ]
    may_add_sender = not campaigns and request.user.has_perm(ADD_SENDER)
    return {
        "campaigns": campaigns,
        "may_add": request.user.has_perm(ADD),
        "lacks_sender": may_add_sender and not MailSender.objects.exists(),
    }


def _campaigns() -> Iterable[Campaign]:
    """Return the first `SHOWN`; planned ones by when they leave, sent ones the latest first."""
    rank = Case(
        *(When(state=state, then=Value(place)) for state, place in RANKS.items()),
        output_field=IntegerField(),
    )
    leaves = Case(When(state=CampaignState.SCHEDULED, then=F("send_at")))
    found: QuerySet[Campaign] = Campaign.objects.filter(state__in=RANKS)
    return found.annotate(rank=rank, leaves=leaves).order_by(
        "rank", F("leaves").asc(nulls_last=True), F("finished_at").desc(nulls_last=True), "-pk"
    )[:SHOWN]


MAIL_CARD = Card("mail", gettext_lazy("Mail"), "admin/campaigns/card.html", mail_figures, (VIEW,))
