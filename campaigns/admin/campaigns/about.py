"""The content, recipients and senders of a campaign, in words that link to the page of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.content.experiments import experiment_called, experiments_of_mail
from campaigns.models import Campaign, CampaignState, Match
from core.admin.next_page import page_leading_back
from core.text.formats import moment_shown, number_shown
from customers.models import Store
from segments.models import Segment


@dataclass(frozen=True)
class Named:
    """A name and the URL of its page; "" without permission, and for a deleted object."""

    name: str
    url: str = ""


@dataclass(frozen=True)
class Line:
    """A property of a campaign: its label and its values."""

    label: str
    named: list[Named]


def properties_of(campaign: Campaign, user: User | AnonymousUser) -> list[Line]:
    """Return the properties of `campaign`, linked to the pages that `user` may view."""
    found = [
        Line(_("Template"), [_template(campaign, user)]),
        Line(_("Stores"), _stores(campaign.stores, user)),
    ]
    if campaign.segments:
        is_all = campaign.match == Match.ALL and len(campaign.segments) > 1
        label = _("Members of all of") if is_all else _("Members of")
        found.append(Line(label, _segments(campaign.segments, user)))
    else:
        found.append(Line(_("Members of"), [Named(_("no segment: every subscriber"))]))
    if campaign.exclude_segments:
        found.append(Line(_("But not members of"), _segments(campaign.exclude_segments, user)))
    if campaign.experiment:
        found.append(Line(_("Experiment"), [experiment_named(campaign, user)]))
    if rule := campaign.coupon_rule:
        url = _page(user, "price_rules.view_cartpricerule", rule.pk)
        found.append(Line(_("Coupons of the price rule"), [Named(rule.name, url)]))
    return found


def leaves_shown(campaign: Campaign) -> str:
    """Return when the last mail left, or when the first one is to leave; "" where unknown."""
    if campaign.state == CampaignState.SENT and campaign.finished_at:
        return moment_shown(campaign.finished_at)
    if campaign.send_at and campaign.state in (CampaignState.DRAFT, CampaignState.SCHEDULED):
        return _("planned: %(at)s") % {"at": moment_shown(campaign.send_at)}
    return ""


def experiments_offered(kept: str) -> list[tuple[str, str]]:
    """Return mail experiments by code and name, including `kept` if that is no longer one."""
    found = [(one.code, f"{one.name} ({one.get_state_display()})") for one in experiments_of_mail()]
    if kept and kept not in dict(found):
        found.append((kept, kept))
    return found


def experiment_named(campaign: Campaign, user: User | AnonymousUser) -> Named:
    """Return the experiment of `campaign`; once started, it links to its results."""
    found = experiment_called(campaign.experiment)
    if found is None:
        return Named(campaign.experiment)
    page = "change" if found.started_at is None else "results"
    url = _page(user, "personalization.view_experiment", found.pk, page)
    return Named(f"{found.name} ({found.get_state_display()})", url)


def template_preview(user: User | AnonymousUser, pk: int) -> str:
    """Return the address of a template's preview; "" if `user` may not view templates."""
    return _page(user, "campaigns.view_mailtemplate", pk, "preview")


def has_changed_since(campaign: Campaign) -> bool:
    """Return whether the template of `campaign` has changed since it was sent."""
    sent = campaign.frozen_template
    return sent is not None and sent.number != campaign.template.version


def text_address(campaign: Campaign, user: User | AnonymousUser) -> str:
    """Return the address of the page with the text of `campaign`; of a sent one, the text as sent.

    "" for users without the permission to view templates.
    """
    # Once the template has changed, the version that was sent is found in the history.
    page = "history" if has_changed_since(campaign) else "preview"
    return _page(user, "campaigns.view_mailtemplate", campaign.template_id, page)


def mail_form_leading_back(campaign: Campaign) -> str:
    """Return the address of the form of the mail, which leads back to the page for sending."""
    back = reverse("admin:campaigns_campaign_status", args=[campaign.pk])
    return page_leading_back("admin:campaigns_mailtemplate_change", back, campaign.template_id)


def _template(campaign: Campaign, user: User | AnonymousUser) -> Named:
    name = campaign.template.name
    if campaign.frozen_template is not None:
        number = number_shown(campaign.frozen_template.number)
        name = _("%(name)s, version %(number)s") % {"name": name, "number": number}
    if has_changed_since(campaign):
        name = _("%(name)s (it has changed since)") % {"name": name}
    return Named(name, text_address(campaign, user))


def _stores(codes: Iterable[str], user: User | AnonymousUser) -> list[Named]:
    return _named(codes, Store.objects.filter(code__in=codes), "customers.view_store", user)


def _segments(codes: Iterable[str], user: User | AnonymousUser) -> list[Named]:
    return _named(codes, Segment.objects.filter(code__in=codes), "segments.view_segment", user)


def _named(
    codes: Iterable[str], stored: Iterable[Any], permission: str, user: User | AnonymousUser
) -> list[Named]:
    """Return the names of the rows with these codes; linked if `user` has the view permission."""
    rows = {one.code: one for one in stored}
    return [
        Named(rows[code].name, _page(user, permission, rows[code].pk))
        if code in rows
        else Named(_("%(code)s (gone)") % {"code": code})
        for code in codes
    ]


def _page(user: User | AnonymousUser, permission: str, pk: int, page: str = "change") -> str:
    """Return the address of a row's page; "" if `user` lacks the view permission."""
    if not user.has_perm(permission):
        return ""
    model = permission.replace(".view_", "_")
    return reverse(f"admin:{model}_{page}", args=[pk])
