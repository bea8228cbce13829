"""Composition of a mail from a message: the template, the values, the links."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils.functional import SimpleLazyObject

from campaigns.content.contents import content_of_message, mentions
from campaigns.content.links import Links, links_of, token_of
from campaigns.content.message_coupons import rule_of
from campaigns.content.personal import recommendations_for
from campaigns.content.placements import Placed, placed_for
from campaigns.content.values import coupon_values, values_of
from campaigns.models import CampaignVariant, MailSender, Message
from campaigns.templates.content import Content
from campaigns.templates.rendering import Rendered, placements_in, render
from campaigns.transports.mail import Mail
from core.clock import now
from core.database.prepared import rows_by_key
from customers.models import Customer, Store, Website
from customers.storefront_origins import allowed_origins
from segments.models import Segment

RECOMMENDATIONS = "recommendations"


@dataclass(frozen=True)
class Composed:
    """A rendered mail, and the contents of its placements."""

    rendered: Rendered
    placed: Placed


def compose_content(
    content: Content,
    values: dict[str, Any],
    customer: Customer | None,
    store: Store | None,
) -> Composed:
    """Return `content` rendered for `customer` (None: nobody), in mail of `store`, now.

    Adds the choices of personalization to `values`. Raises TemplateRefused.
    """
    # They take a while to be computed.
    if mentions(content, RECOMMENDATIONS):
        values[RECOMMENDATIONS] = recommendations_for(customer)
    placed = placed_for(placements_in(content), customer, store, now())
    whole = values | {"content": placed.values}
    # Read from the database only for a mail that has paths.
    shop = cast(str, SimpleLazyObject(shop_address))
    return Composed(render(content, whole, shop=shop), placed)


def composed_message(
    message: Message, customer: Customer, sender: MailSender, variant: CampaignVariant | None
) -> Composed:
    """Return the rendered mail of a message for `customer`; raises TemplateRefused.

    `message` has its campaign or step, its template and its store; `variant` is its frozen variant
    (`campaigns.content.variants.variant_of_message`).
    """
    rule = rule_of(message)
    values = values_of(
        customer=customer,
        store=message.store,
        sender=sender,
        links=_links(message),
        campaign=message.campaign,
        segment=_segment(message),
        coupon=coupon_values(rule, message.coupon, message.store) if rule else None,
        step=message.step,
    )
    content = content_of_message(message, variant)
    return compose_content(content, values, customer, message.store)


def mail_of(message: Message, rendered: Rendered, sender: MailSender, address: str) -> Mail:
    """Return the mail that is handed over for a message."""
    assert message.message_id
    source = message.campaign.code if message.campaign else message.sequence_id or message.kind
    domain = sender.from_email.rpartition("@")[2]
    return Mail(
        message_id=message.message_id,
        from_name=sender.from_name,
        from_email=sender.from_email,
        reply_to=sender.reply_to,
        to=address,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        list_id=f"{message.store.code}.{domain}",
        unsubscribe_url=_links(message).unsubscribe_url,
        feedback_id=f"{source}:{message.store.code}:{message.kind}:tranche",
        is_test=message.kind == "test",
    )


def _links(message: Message) -> Links:
    assert message.message_id
    return links_of(token_of(message.message_id))


def _segment(message: Message) -> Segment | None:
    if message.sequence is not None:
        return message.sequence.segment
    campaign = message.campaign
    if campaign is None or not campaign.segments:
        return None

    def rows_of(code: str) -> QuerySet[Segment]:
        return Segment.objects.filter(code=code)

    code = campaign.segments[0]
    return next(iter(rows_by_key("segment of mail", Segment.objects.db, rows_of, code)), None)


def shop_address() -> str:
    """Return the base URL of the shop's paths, such as https://shop.example; "" if unknown.

    The base URL is known if the shop has one website and one storefront: no setting says which of
    several storefronts belongs to which website.
    """
    origins: set[str] = {origin.rstrip("/") for origin in allowed_origins()}
    if len(origins) != 1:
        return ""
    (origin,) = origins
    if urlsplit(origin).scheme not in ("http", "https") or Website.objects.count() != 1:
        return ""
    return origin
