"""From a message to the mail that goes out: its template, its values, its links."""

from datetime import datetime
from typing import Any

from campaigns.carriers.mail import Mail
from campaigns.links import Links, links_of, token_of
from campaigns.models import Campaign, MailSender, Message
from campaigns.personal import recommendations_for
from campaigns.templates.content import Content
from campaigns.templates.rendering import Rendered, render
from campaigns.values import coupon_values, values_of
from customers.clock import now
from customers.models import Customer
from price_rules.coupons.issuing import issue_coupon
from price_rules.models import Coupon
from segments.models import Segment

RECOMMENDATIONS = "recommendations"


def content_of(definition: dict[str, Any]) -> Content:
    """Return what a version of a template says."""
    return Content(**{name: definition[name] for name in Content.__dataclass_fields__})


def mentions_recommendations(content: Content) -> bool:
    """Return whether a mail may show recommendations: they take a while to be worked out."""
    return any(RECOMMENDATIONS in part for part in (content.subject, content.html, content.text))


def coupon_of(message: Message, customer: Customer, at: datetime) -> Coupon | None:
    """Return the coupon of a message, issued where it has none yet, so that each attempt has one.

    Committed before anything is handed over: a code that somebody reads is one that is stored.
    """
    rule = message.campaign.coupon_rule if message.campaign else None
    if rule is None:
        return None
    if message.coupon is None:
        message.coupon = issue_coupon(rule, customer, at)
        message.save(update_fields=["coupon"])
    return message.coupon


def rendered_message(message: Message, customer: Customer, sender: MailSender) -> Rendered:
    """Return what a message says to `customer`; raises TemplateRefused.

    `message` has its campaign, its template and its store.
    """
    campaign: Campaign | None = message.campaign
    rule = campaign.coupon_rule if campaign else None
    values = values_of(
        customer=customer,
        store=message.store,
        sender=sender,
        links=_links(message),
        campaign=campaign,
        segment=_segment(campaign),
        coupon=coupon_values(rule, message.coupon, message.store) if rule else None,
    )
    assert message.template is not None
    content = content_of(message.template.definition)
    if mentions_recommendations(content):
        values["recommendations"] = recommendations_for(customer, now())
    return render(content, values)


def mail_of(message: Message, rendered: Rendered, sender: MailSender, address: str) -> Mail:
    """Return the mail that is handed over for a message."""
    assert message.message_id
    source = message.campaign.code if message.campaign else message.kind
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


def _segment(campaign: Campaign | None) -> Segment | None:
    if campaign is None or not campaign.segments:
        return None
    return Segment.objects.filter(code=campaign.segments[0]).first()
