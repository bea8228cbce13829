"""Previews and test mail of templates and senders: nothing is counted, no coupon is issued."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.audience.empty_names import empty_names_of_campaign
from campaigns.audience.senders import sender_of, unserved_stores
from campaigns.audit import SENDER, TEMPLATE, TESTED
from campaigns.consent.suppression import suppressions_among
from campaigns.content.composing import compose_content, mail_of
from campaigns.content.contents import content_of, contents_of, faults_of
from campaigns.content.links import Links, links_of, token_of
from campaigns.content.values import SAMPLE_CODE, coupon_values, values_of
from campaigns.delivery.claiming import identify
from campaigns.designs.catalogue import DESIGNS
from campaigns.designs.design import Design
from campaigns.models import (
    Campaign,
    MailSender,
    MailTemplate,
    MailTemplateVersion,
    Message,
    MessageKind,
    MessageReason,
    MessageState,
)
from campaigns.templates.content import Content
from campaigns.templates.problems import first_warnings
from campaigns.templates.rendering import Rendered, doubts_about
from campaigns.transports.outcome import Outcome
from campaigns.transports.transport import carrier_of
from campaigns.words import refusal_text
from core.audit import record
from core.problems import Invalid, Problem
from core.text.folding import folded_address
from customers.models import AuditEntry, Customer, Store
from segments.models import Segment

TESTS_AN_HOUR = 10
# The design of a sender's sample and test: it needs no coupon and no products.
SAMPLE = "news"
# The reasons of outcomes that have another name; a single attempt is made.
REASONS = {
    Outcome.SENT: "",
    Outcome.PASSING: MessageReason.UNREACHABLE.value,
    Outcome.UNCERTAIN: MessageReason.NO_REPLY.value,
}
PREFIX = "[Test] "
# The parameter of a test mail's link that names its campaign.
CAMPAIGN = "campaign"
# The links of a preview lead nowhere.
NOWHERE = Links(*(f"https://mail.invalid/{name}/" for name in ("u", "p", "v")))


class TooManyTests(ValueError):
    """More test mails than a user may send in an hour."""


class NoSender(ValueError):
    """A test mail has no complete sender, or its links no host; the text says which."""


def preview_content(
    content: Content,
    *,
    customer: Customer | None = None,
    segment: Segment | None = None,
    step: int | None = None,
) -> Rendered:
    """Return a rendered template with a sample coupon; raises TemplateRefused."""
    store = customer.store if customer else None
    if store is None:
        # The store that sends test mail, so that both look alike.
        store = next(iter(_served_stores()), None) or Store.objects.order_by("pk").first()
    return _render_test_mail(content, customer, store, NOWHERE, segment, step)


def preview_campaign(
    campaign: Campaign, customer: Customer | None, store: Store | None
) -> Rendered:
    """Return the mail of `campaign` as `customer` gets it from `store`, with a sample coupon of its
    price rule.

    None stands for nobody in particular. Raises TemplateRefused.
    """
    return _render_for(campaign, content_of(campaign.template), customer, store)


def faults_of_variants(campaign: Campaign, store: Store | None) -> list[str]:
    """Return the faults of the mails that the running experiment of `campaign` tries.

    Raises TemplateRefused.
    """
    own, *tried = contents_of(campaign)
    others = dict.fromkeys(one for one in tried if one != own)
    return [fault for one in others for fault in _render_for(campaign, one, None, store).faults]


def render_sample(content: Content) -> Rendered:
    """Return a rendered template without a customer; raises TemplateRefused."""
    return _render_test_mail(content, None, None, NOWHERE)


def preview_design(design: Design, sender: MailSender) -> Rendered:
    """Return a new mail from `design` as `sender` sends it, complete or not."""
    content = _content_of_design(design)
    return _render_test_mail(content, None, sender.store, NOWHERE, sender=sender)


def _content_of_design(design: Design) -> Content:
    return Content(str(design.subject), str(design.preheader), design.html())


def rendered_again(message: Message, signed_campaign: str = "") -> Rendered:
    """Return a test mail as it was rendered, but without its customer.

    `signed_campaign` is the parameter CAMPAIGN of the mail's link; a forged one, and that of a
    deleted campaign, count as none. Raises TemplateRefused.
    """
    assert message.template is not None
    content = content_of(message.template.definition)
    token = token_of(str(message.message_id))
    campaign = _signed_campaign(token, signed_campaign)
    return _render_test_mail(
        content,
        None,
        message.store,
        _links_of_test(token, campaign),
        first_segment(campaign) if campaign else None,
        campaign=campaign,
    )


def send_test(
    template: MailTemplate,
    addresses: list[str],
    at: datetime,
    *,
    customer: Customer | None = None,
    campaign: Campaign | None = None,
    store: Store | None = None,
    author: Any,
) -> list[Message]:
    """Send `template` to each of `addresses` at once, and return the messages with their states.

    The mail is that of `campaign` if there is one. It comes from `store`; without one from the
    customer's own, else from the first that has a sender. Raises NoSender, TooManyTests,
    TemplateRefused, and Invalid for addresses that get no mail; then nothing is sent.
    """
    _check_addresses(addresses)
    store = _store_for(customer, store)
    segment = first_segment(campaign) if campaign else None
    sender = sender_of(store.pk)
    assert sender is not None
    version = template.versions.get(number=template.version)
    content = content_of(version.definition)

    def render(message: Message) -> Rendered:
        links = _links_of_test(token_of(str(message.message_id)), campaign)
        return _render_test_mail(content, customer, store, links, segment, campaign=campaign)

    entry = _TestEntry(author, TEMPLATE, template.code)
    return _send_tests(addresses, at, sender, store, version, render, entry)


def send_test_of_sender(
    sender: MailSender, addresses: list[str], at: datetime, *, author: Any
) -> list[Message]:
    """Send a new mail from the design SAMPLE by `sender` to each of `addresses` at once.

    Return the messages with their states. Raises NoSender for an incomplete `sender`, and otherwise
    what `send_test` raises; then nothing is sent.
    """
    _check_addresses(addresses)
    _check_public_url()
    if not sender.is_complete:
        raise NoSender(_("This sender needs an address and a postal address."))
    content = _content_of_design(DESIGNS[SAMPLE])

    def render(message: Message) -> Rendered:
        links = links_of(token_of(str(message.message_id)))
        return _render_test_mail(content, None, sender.store, links, sender=sender)

    entry = _TestEntry(author, SENDER, sender.store.code)
    return _send_tests(addresses, at, sender, sender.store, None, render, entry)


@dataclass(frozen=True)
class _TestEntry:
    """The entry of test mail in the audit log: its author, and the object that is tested."""

    author: Any
    subject: str
    name: str


def _send_tests(
    addresses: list[str],
    at: datetime,
    sender: MailSender,
    store: Store,
    version: MailTemplateVersion | None,
    render: Callable[[Message], Rendered],
    entry: _TestEntry,
) -> list[Message]:
    """Send what `render` returns for a message to each of `addresses`; `version` is its template.

    Return the messages with their states. Raises TooManyTests, and what `render` raises; then
    nothing is sent.
    """
    messages = []
    with transaction.atomic():
        _check_rate(entry.author, at, len(addresses))
        for address in addresses:
            message = Message.objects.create(
                kind=MessageKind.TEST,
                store=store,
                customer=None,
                address=address,
                template=version,
                state=MessageState.SENDING,
                attempts=1,
                due_at=at,
                claimed_at=at,
                lease_until=at + timedelta(seconds=settings.MAIL_LEASE_SECONDS),
            )
            identify(message)
            message.save(update_fields=["message_id", "token_hash"])
            messages.append(message)
        record(entry.author, TESTED, entry.subject, entry.name, after={"messages": len(addresses)})
        # Render before sending, so that an error leaves nothing half sent.
        mails = [(one, render(one)) for one in messages]
    carrier = carrier_of(
        settings.EMAIL_URL,
        data_dir=settings.DATA_DIR,
        lease_seconds=settings.MAIL_LEASE_SECONDS,
    )
    try:
        for message, rendered in mails:
            named = replace(rendered, subject=PREFIX + rendered.subject)
            mail = mail_of(message, named, sender, message.address)
            handed = carrier.hand_over(mail)
            _note(message, handed.outcome, handed.detail, at)
    finally:
        carrier.close()
    return messages


def first_segment(campaign: Campaign) -> Segment | None:
    """Return the segment that the mail of `campaign` names: its first one, if that still exists."""
    return Segment.objects.filter(code__in=campaign.segments[:1]).first()


def _links_of_test(token: str, campaign: Campaign | None) -> Links:
    """Return the links of a test mail; its view in a browser names `campaign`, signed.

    The message itself belongs to no campaign, so that no report counts it.
    """
    links = links_of(token)
    if campaign is None:
        return links
    signed = Signer(salt=token).sign(str(campaign.pk))
    return replace(links, view_url=f"{links.view_url}?{urlencode({CAMPAIGN: signed})}")


def _signed_campaign(token: str, signed: str) -> Campaign | None:
    """Return the campaign that `signed` names in the link of the test mail with this token."""
    try:
        pk = Signer(salt=token).unsign(signed)
    except BadSignature:
        return None
    return Campaign.objects.filter(pk=pk).first()


def _render_for(
    campaign: Campaign, content: Content, customer: Customer | None, store: Store | None
) -> Rendered:
    first = first_segment(campaign)
    found = _render_test_mail(content, customer, store, NOWHERE, first, campaign=campaign)
    if customer is not None:
        return found
    text = _(
        "“%(name)s” is empty for every recipient, so that nobody would get the mail: give it a "
        "default, or write what stands there instead."
    )
    empty = empty_names_of_campaign(content, campaign, first)
    return replace(found, faults=(*found.faults, *(text % {"name": name} for name in empty)))


def _render_test_mail(
    content: Content,
    customer: Customer | None,
    store: Store | None,
    links: Links,
    segment: Segment | None = None,
    step: int | None = None,
    campaign: Campaign | None = None,
    sender: MailSender | None = None,
) -> Rendered:
    if sender is None and store is not None:
        sender = sender_of(store.pk)
    coupon: dict[str, Any] = {
        "code": SAMPLE_CODE,
        "discount_text": "",
        "discount_amount": None,
        "description": "",
        "expires_at": None,
        "expires_formatted": "",
    }
    if campaign is not None:
        rule = campaign.coupon_rule
        coupon = coupon_values(rule, None, store) if rule and store else {}
    values = values_of(
        customer=customer,
        store=store,
        sender=sender,
        links=links,
        campaign=campaign,
        segment=segment,
        coupon=coupon,
        step=step,
    )
    found = compose_content(content, values, customer, store)
    written = faults_of(content)
    warnings = [
        *dict.fromkeys([*written, *doubts_about(content)]),
        *(_empty_values(found.rendered) if customer else ()),
        *found.rendered.warnings,
        *found.placed.warnings,
    ]
    faults = [*written, *found.rendered.faults]
    return replace(
        found.rendered,
        warnings=first_warnings(warnings),
        faults=tuple(first_warnings(faults)),
    )


def _empty_values(rendered: Rendered) -> Iterator[str]:
    """Yield the empty values for which the customer would get no such mail."""
    for name in sorted(rendered.empty):
        text = _(
            "“%(name)s” is empty for this customer, who would not get the mail: give it a default, "
            "or write what stands there instead."
        )
        yield text % {"name": name}


def _store_for(customer: Customer | None, wanted: Store | None) -> Store:
    """Return the sending store: `wanted`, else the customer's own, else the first with a sender.

    Raises NoSender where no store has a sender, or `wanted` has none, and without PUBLIC_URL.
    """
    _check_public_url()
    able = _served_stores()
    if wanted is not None:
        if wanted not in able:
            text = _("The store “%(name)s” has no sender with an address and a postal address.")
            raise NoSender(text % {"name": wanted.name})
        return wanted
    if not able:
        raise NoSender(_("No store has a sender with an address and a postal address."))
    own = customer.store_id if customer else None
    return next((one for one in able if one.pk == own), able[0])


def _check_public_url() -> None:
    """Raise NoSender where the links of a mail would have no host."""
    if not settings.PUBLIC_URL:
        raise NoSender(refusal_text("public_url_missing"))


def _served_stores() -> list[Store]:
    """Return the stores that have a sender, in order."""
    stores = list(Store.objects.select_related("website").order_by("pk"))
    without_sender = unserved_stores(stores)
    return [one for one in stores if one not in without_sender]


def _check_addresses(addresses: list[str]) -> None:
    """Raise Invalid where some of `addresses` are suppressed."""
    folded = [folded_address(one) for one in addresses]
    found = suppressions_among(folded)
    text = _("“%(address)s” gets no mail, and no test either: %(reason)s.")
    problems = [
        Problem(
            f"to[{place}]",
            "suppressed",
            text % {"address": addresses[place], "reason": found[one].get_reason_display()},
        )
        for place, one in enumerate(folded)
        if one in found
    ]
    if problems:
        raise Invalid(problems)


def _check_rate(author: Any, at: datetime, number: int) -> None:
    """Raise TooManyTests where `author` would have sent more than ten within an hour."""
    sent = AuditEntry.objects.filter(
        user=author,
        action=TESTED,
        subject__in=(TEMPLATE, SENDER),
        at__gt=at - timedelta(hours=1),
    )
    before = sum(int((entry.after or {}).get("messages", 1)) for entry in sent)
    if before + number > TESTS_AN_HOUR:
        raise TooManyTests


def _note(message: Message, outcome: Outcome, detail: str, at: datetime) -> None:
    states = {Outcome.SENT: MessageState.SENT, Outcome.UNCERTAIN: MessageState.UNCERTAIN}
    # A delivery report may arrive earlier.
    Message.objects.filter(pk=message.pk).exclude(state=MessageState.SENT).update(
        state=states.get(outcome, MessageState.FAILED),
        reason=REASONS.get(outcome, outcome.value),
        reply=detail,
        sent_at=at if outcome is Outcome.SENT else None,
        lease_until=None,
    )
    message.refresh_from_db()
