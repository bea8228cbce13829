"""The audience of a campaign as entered in its form: recipients, and exclusions with reasons."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.audience.judging import audience_of, customers_of_audience
from campaigns.audience.scope import estimate_selected, resolve_scope
from campaigns.audit import CAMPAIGN
from campaigns.content.experiments import are_possible
from campaigns.editing.campaigns import EDITABLE
from campaigns.models import Campaign, Match, Reason
from campaigns.words import reason_counts_texts, reason_text, refusal_text
from core.access.personal import PERMISSION
from core.access.website_limits import is_limited
from core.audit import record_look
from core.clock import now
from core.forms.datetimes import MomentField
from core.text.formats import first_named, in_quotes, number_shown
from customers.models import Store
from price_rules.coupons.coupon_validity import reason_against_new_coupon
from price_rules.models import CartPriceRule
from segments.models import Segment

# Larger audiences are only counted on the page after saving: counting takes seconds.
MOST = 100_000
# The most codes of a list that are read, and the most customers that are listed for a reason.
MOST_CODES, MOST_SHOWN = 1_000, 200
LISTS = ("segments", "exclude_segments", "stores")
LEFT_OUT, RECIPIENTS = "admin:campaigns_campaign_left_out", "admin:campaigns_campaign_recipients"


def may_count(user: User | AnonymousUser) -> bool:
    """Return whether `user` may see the size of an audience that is not stored."""
    # Only users who write campaigns: the form may name any segment.
    may_write = user.has_perm("campaigns.add_campaign") or user.has_perm(
        "campaigns.change_campaign"
    )
    return may_write and not is_limited(user)


def may_list(user: User | AnonymousUser) -> bool:
    """Return whether `user` may see which customers do not get a campaign."""
    permissions = ["campaigns.view_campaign", "segments.view_members"]
    return user.has_perms(permissions) and not is_limited(user)


def campaign_of(data: QueryDict) -> Campaign:
    """Return the campaign that a form or a link describes; nothing is stored.

    Unknown codes are kept: they select nobody, as in a stored campaign.
    """
    lists = {name: _codes(data.getlist(name)) for name in LISTS}
    rules = CartPriceRule.objects.filter(code__in=_codes(data.getlist("coupon_rule")))
    is_all = data.get("match") == Match.ALL
    return Campaign(
        **lists,
        match=Match.ALL if is_all else Match.ANY,
        coupon_rule=rules.first(),
        # The coupon may not be usable earlier, or any more.
        send_at=_moment(data.get("send_at", "")),
        respects_holdout="respects_holdout" in data and are_possible(),
    )


def campaign_to_members(code: str) -> Campaign:
    """Return an unsaved campaign to the members of the segment `code`, in all stores."""
    return Campaign(segments=[code], stores=_all_stores())


def parameters_of(campaign: Campaign) -> dict[str, Any]:
    """Return the parameters that name `campaign` in a link: its key, or those of its form.

    What a link leaves out is as in a new campaign: all stores, members of any segment.
    """
    if campaign.pk:
        return {"campaign": campaign.pk}
    named: dict[str, Any] = {name: getattr(campaign, name) for name in LISTS}
    if campaign.stores == _all_stores():
        del named["stores"]
    if campaign.match != Match.ANY:
        named["match"] = campaign.match
    if campaign.respects_holdout:
        named["respects_holdout"] = "on"
    return named


def recipients_url(user: User | AnonymousUser, parameters: Mapping[str, Any], **more: str) -> str:
    """Return the URL of the list of recipients; "" without permission.

    `parameters` name the campaign or segment; `more` may name a `store`.
    """
    return _url_of(RECIPIENTS, user, {**parameters, **more})


def reasons_linked(
    excluded: Mapping[str, int],
    elsewhere: int,
    user: User | AnonymousUser,
    parameters: Mapping[str, Any],
) -> list[tuple[str, int, str]]:
    """Return each reason in words, with the number of its customers and the URL of their list.

    `parameters` name the campaign or segment in the URL, which is "" without permission.
    """
    return [
        (words, number, _url_of(LEFT_OUT, user, {**parameters, "reason": reason}))
        for reason, count in excluded.items()
        for words, number in reason_counts_texts({reason: count}, elsewhere)
    ]


def _url_of(page: str, user: User | AnonymousUser, parameters: Mapping[str, Any]) -> str:
    return f"{reverse(page)}?{urlencode(parameters, doseq=True)}" if may_list(user) else ""


def _all_stores() -> list[str]:
    return list(Store.objects.order_by("pk").values_list("code", flat=True))


def reason_against_coupons(campaign: Campaign) -> str:
    """Return the reason why nobody could use the coupons of `campaign`; "" for none."""
    rule = campaign.coupon_rule
    if rule is None or campaign.state not in EDITABLE:
        return ""
    return reason_against_new_coupon(rule, campaign.goes_out_at(now()))


def note_held_back(campaign: Campaign) -> None:
    """Hold all recipients of `campaign` back, for the head of its pages, if its coupons are
    unusable.
    """
    if reason_against_coupons(campaign):
        campaign.held_back = campaign.eligible


def audience_shown(data: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the context of the form's audience part; without numbers for a very large audience."""
    campaign = campaign_of(data)
    scope = resolve_scope(campaign)
    if estimate_selected(scope) > MOST:
        return {"most": MOST}
    audience = audience_of(campaign, scope=scope)
    elsewhere = audience.subscribed_elsewhere
    parameters = parameters_of(campaign)
    excluded = reasons_linked(audience.excluded, elsewhere, user, parameters)
    excluded += [(words, number, "") for words, number in reason_counts_texts(audience.without_use)]
    why = reason_against_coupons(campaign)
    rows = Segment.objects.filter(pk__in=scope.excluded_ids)
    excluding = list(rows.values_list("code", flat=True))
    idle = [code for code in campaign.exclude_segments if code not in excluding]
    return {
        "audience": audience,
        "named": _names_of(campaign.segments),
        "removed": _names_of(excluding),
        "excludes_nobody": _names_of(idle),
        "asks_for_all": campaign.match == Match.ALL and len(campaign.segments) > 1,
        "recipients_url": recipients_url(user, parameters),
        "gets_it": 0 if why else audience.eligible - audience.held_back,
        "why_nobody": refusal_text(why) if why else "",
        "excluded": excluded,
    }


def _names_of(codes: list[str]) -> str:
    """Return the names of the segments `codes`, then the codes without a segment; "" for none."""
    found = list(Segment.objects.filter(code__in=codes).order_by("name_folded", "pk"))
    known = {one.code for one in found}
    gone = [_("%(code)s (gone)") % {"code": code} for code in codes if code not in known]
    return first_named([*(in_quotes(one.name) for one in found), *gone])


def left_out_shown(data: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the customers who do not get a campaign for the reason that `data` names.

    `data` and the exceptions are those of `recipients_shown`.
    """
    reason = data.get("reason", "")
    if reason not in Reason.values:
        _campaign_asked(data)
        return {"is_left_out": True}
    shown = _people_shown(data, Reason(reason), user)
    return shown | {"is_left_out": True, "reason": reason_text(reason)}


def recipients_shown(data: QueryDict, user: User | AnonymousUser) -> dict[str, Any]:
    """Return the customers who can get the mail of the campaign that `data` names.

    `data` names a stored campaign (`campaign`), a segment for a mail to all of its members
    (`segment`), or describes a campaign as its form does. At most `MOST_SHOWN` customers, which is
    recorded in the audit log; none if very many are selected. Raises Http404 for an unknown
    campaign.
    """
    return _people_shown(data, None, user)


def _campaign_asked(data: QueryDict) -> tuple[Campaign, int | None]:
    """Return the campaign that a link names, and its cap on messages (None: the usual one)."""
    if key := data.get("campaign"):
        return get_object_or_404(Campaign, pk=key if key.isdecimal() else None), None
    if code := data.get("segment"):
        # The weekly cap depends on the day of a campaign.
        return campaign_to_members(*_codes([code])), 0
    campaign = campaign_of(data)
    if "stores" not in data:
        campaign.stores = _all_stores()
    return campaign, None


def _people_shown(
    data: QueryDict, reason: Reason | None, user: User | AnonymousUser
) -> dict[str, Any]:
    campaign, cap = _campaign_asked(data)
    found = resolve_scope(campaign)
    if estimate_selected(found) > MOST:
        return {"most": MOST}
    store = "".join(_codes(data.getlist("store")[:1]))
    number, customers = customers_of_audience(
        campaign, reason, found, MOST_SHOWN, store=store, most_a_week=cap
    )
    if customers:
        numbers = [one.external_id for one in customers]
        page = f"left_out {reason}" if reason else "recipients"
        record_look(user, CAMPAIGN, "", page, customers=numbers)
    more = number - len(customers)
    return {
        "customers": customers,
        # They need not be members of a segment.
        "hides_names": not user.has_perm(PERMISSION),
        "number": number,
        "more": number_shown(more) if more else "",
    }


def _codes(typed: list[str]) -> list[str]:
    # PostgreSQL accepts no NUL in values, so replace it by a character that no code has.
    return [code.replace("\0", "\N{REPLACEMENT CHARACTER}") for code in typed[:MOST_CODES]]


def _moment(typed: str) -> datetime | None:
    """Return the date and time of a form; None if it is empty or invalid."""
    with suppress(ValidationError):
        found: datetime | None = MomentField(required=False).clean(typed)
        return found
    return None
