"""The mail of a campaign before it is sent: its subject, its faults, and what a recipient gets."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from campaigns.admin.campaigns.about import mail_form_leading_back
from campaigns.admin.expected import digest_of
from campaigns.audience.judging import Audience
from campaigns.audience.senders import sender_of
from campaigns.audit import CAMPAIGN
from campaigns.delivery.test_mail import faults_of_variants, preview_campaign
from campaigns.models import Campaign, MailSender
from campaigns.templates.problems import TemplateRefused
from core.access.personal import PERMISSION
from core.audit import record_look
from customers.models import Customer, Store


@dataclass(frozen=True)
class MailShown:
    """A mail: `faults` are warnings that sending asks about, `warnings` all others.

    `recipient` is the customer who gets it, None for nobody in particular, and `store` the one that
    sends it. `sender` is its From, and `replies` the address that replies go to; "" without a
    sender. `frame` is the URL of its HTML and `edit` that of its template's form; "" without
    permission. `following` is the query of the page with the next recipient. `despite` is the
    digest of the faults that sending asks about; "" for none.
    """

    subject: str
    faults: list[str]
    warnings: list[str]
    sender: str = ""
    replies: str = ""
    recipient: Customer | None = None
    store: Store | None = None
    frame: str = ""
    edit: str = ""
    following: str = ""
    despite: str = ""


def store_of_mail(campaign: Campaign, code: str) -> Store | None:
    """Return the store `code` if `campaign` has it, else the first of the campaign's stores."""
    stores = Store.objects.select_related("website").filter(code__in=campaign.stores)
    return min(stores, key=lambda one: (one.code != code, one.pk), default=None)


def first_store(campaign: Campaign, audience: Audience) -> Store | None:
    """Return the first store with recipients in `audience`, else the first of `campaign`."""
    return store_of_mail(campaign, next(iter(audience.by_store), ""))


def mail_of_nobody(
    campaign: Campaign, store: Store | None, user: User | AnonymousUser
) -> MailShown:
    """Return the mail of `campaign` from `store` as it reads to nobody in particular, for `user`.

    Its faults include those of the variants that an experiment tries.
    """
    shown = _mail_shown(campaign, None, store, user)
    tried: list[str] = []
    if campaign.experiment:
        try:
            tried = faults_of_variants(campaign, store)
        except TemplateRefused as error:
            tried = [str(error)]
    faults = [*dict.fromkeys([*shown.faults, *tried])]
    return replace(shown, faults=faults, despite=digest_of(faults))


def mail_of_recipient(
    campaign: Campaign,
    audience: Audience,
    place: int,
    first: Store | None,
    user: User | AnonymousUser,
) -> MailShown:
    """Return the mail of `campaign` as a recipient of the sample of `audience` gets it.

    `place` counts from 0, and after the last begins with the first. That `user` sees the recipient
    is recorded in the audit log; users who may not see the personal data of customers see the mail
    as it reads to nobody in particular, from the store `first`.
    """
    general = mail_of_nobody(campaign, first, user)
    sample = list(audience.sample) if user.has_perm(PERMISSION) else []
    place %= max(len(sample), 1)
    rows = Customer.objects.select_related("store", "website")
    recipient = rows.filter(pk__in=sample[place : place + 1]).first()
    if recipient is None:
        return general
    record_look(user, CAMPAIGN, campaign.code, "send", customers=[recipient.external_id])
    store = Store.objects.select_related("website").get(pk=audience.sample[recipient.pk])
    own = _mail_shown(campaign, recipient, store, user)
    # Sending asks about the faults that everybody would notice.
    rest = [one for one in general.faults if one not in own.faults]
    following = f"?recipient={(place + 1) % len(sample)}" if len(sample) > 1 else ""
    faults = [*own.faults, *rest]
    return replace(own, faults=faults, following=following, despite=general.despite)


def _mail_shown(
    campaign: Campaign, customer: Customer | None, store: Store | None, user: User | AnonymousUser
) -> MailShown:
    more: dict[str, Any] = {"recipient": customer, "store": store}
    if sender := sender_of(store.pk) if store else None:
        more["sender"] = _sender_shown(sender)
        more["replies"] = sender.reply_to or sender.from_email
    if user.has_perm("campaigns.view_mailtemplate"):
        asked = {"store": store.code} if store else {}
        if customer is not None:
            asked["customer"] = customer.external_id
        frame = reverse("admin:campaigns_campaign_mail", args=[campaign.pk])
        more["frame"] = f"{frame}?{urlencode(asked)}"
    if user.has_perm("campaigns.change_mailtemplate"):
        more["edit"] = mail_form_leading_back(campaign)
    try:
        found = preview_campaign(campaign, customer, store)
    except TemplateRefused as error:
        return MailShown(campaign.template.subject, [str(error)], [], **more)
    warnings = [one for one in found.warnings if one not in found.faults]
    return MailShown(found.subject, list(found.faults), warnings, **more)


def _sender_shown(sender: MailSender) -> str:
    return f"{sender.from_name} <{sender.from_email}>" if sender.from_name else sender.from_email
