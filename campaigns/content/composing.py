"""Composition of a mail from a message: the template, the values, the links."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet

from campaigns.content.experiments import SUBJECT, TEMPLATE, running_experiment
from campaigns.content.links import Links, links_of, token_of
from campaigns.content.personal import recommendations_for
from campaigns.content.placements import Placed, placed_for
from campaigns.content.values import coupon_values, values_of
from campaigns.models import (
    Campaign,
    CampaignVariant,
    MailSender,
    MailTemplate,
    MailTemplateVersion,
    Message,
    Step,
)
from campaigns.templates.content import Content
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import Rendered, placements_in, render
from campaigns.transports.mail import Mail
from core.clock import now
from core.database.prepared import rows_by_key
from customers.models import Customer, Store, Website
from price_rules.coupons.coupon_validity import reason_against_new_coupon
from price_rules.coupons.issuing import issue_coupon, withdraw_coupon
from price_rules.coupons.uses import uses_of_code
from price_rules.models import CartPriceRule, Coupon
from segments.models import Segment

RECOMMENDATIONS = "recommendations"
# The issuer of mail's coupons, as it stands in the coupons.
ISSUER = "campaigns"


def content_of(said: MailTemplate | Mapping[str, Any]) -> Content:
    """Return the content of a template, or of the definition of one of its versions."""
    values = said if isinstance(said, Mapping) else vars(said)
    return Content(**{name: values[name] for name in Content.__dataclass_fields__})


def contents_of(campaign: Campaign) -> list[Content]:
    """Return the contents of mails of `campaign`: its own, and those of its running experiment."""
    found = [content_of(campaign.template)]
    experiment = running_experiment(campaign.experiment) if campaign.experiment else None
    variants = experiment.variants if experiment is not None else ()
    codes = [one[TEMPLATE] for one in variants if TEMPLATE in one]
    tried = {one.code: one for one in MailTemplate.objects.filter(code__in=codes)}
    for one in variants:
        content = content_of(tried.get(one.get(TEMPLATE), campaign.template))
        found.append(replace(content, subject=one.get(SUBJECT) or content.subject))
    return found


def _mentions(content: Content, name: str) -> bool:
    """Return whether `name` occurs anywhere in `content`; if so, a mail may show its value."""
    parts = (content.subject, content.preheader, content.html, content.text)
    return any(name in part for part in parts)


def shows_code(content: Content) -> bool:
    """Return whether the code of a coupon may stand in a mail."""
    return _mentions(content, "coupon.code")


def needs_coupon(content: Content) -> bool:
    """Return whether a mail shows a coupon without asking first whether there is one.

    Raises TemplateRefused.
    """
    if not _mentions(content, "coupon."):
        return False
    values = values_of(customer=None, store=None, sender=None, links=Links("", "", ""))
    return any(name.startswith("coupon.") for name in render(content, values).empty)


def reason_against_coupon_in(
    contents: Iterable[Content], rule: CartPriceRule | None, at: datetime
) -> str:
    """Return why mails of `contents` that leave at `at` would have no coupon, or a useless one.

    "" where at least some customers can use theirs, and where no coupon is needed. Otherwise
    `coupon_without_rule`, or what `reason_against_new_coupon` says of the rule.
    """
    if rule is not None:
        return reason_against_new_coupon(rule, at)
    for content in contents:
        # A template that is refused is found where its mails are made.
        with suppress(TemplateRefused):
            if needs_coupon(content):
                return "coupon_without_rule"
    return ""


def reason_against_coupon_in_step(step: Step, at: datetime) -> str:
    """Return what `reason_against_coupon_in` says of the mail of `step` to who starts at `at`."""
    due_at = at + timedelta(minutes=step.delay_minutes)
    return reason_against_coupon_in([content_of(step.template)], step.coupon_rule, due_at)


def rule_of(message: Message) -> CartPriceRule | None:
    """Return the price rule of a message's coupon; None if the message gives no coupon."""
    if message.campaign is not None:
        return message.campaign.coupon_rule
    return message.of_step.coupon_rule if message.of_step is not None else None


def version_of(message: Message, variant: CampaignVariant | None) -> MailTemplateVersion | None:
    """Return the template version of a message: a campaign's frozen version, a step's newest.

    The version of a campaign's `variant` takes precedence, if the variant has one. None if there is
    no version any more.
    """
    if message.campaign is not None:
        own = variant.template_version if variant is not None else None
        return own or message.campaign.frozen_template
    template = message.of_step.template if message.of_step is not None else None
    if template is None:
        return None
    found: MailTemplateVersion | None = template.versions.filter(number=template.version).first()
    return found


def coupon_of(
    message: Message, variant: CampaignVariant | None, customer: Customer, at: datetime
) -> Coupon | None:
    """Return the coupon of a message, the same for each attempt; issue a coupon if there is none.

    The coupon is committed before the mail is handed over, so that a recipient never reads a code
    that is not stored. A step gives the code of an earlier step of its run if that code can still
    be used. A variant that shows nothing of a coupon gets none.
    """
    rule = rule_of(message)
    if rule is None:
        return None
    is_shown = variant is None or _mentions(_content_of_message(message, variant), "coupon")
    if message.coupon is None and is_shown:
        message.coupon = _earlier_coupon(message, rule, at) or _new_coupon(
            message, rule, customer, at
        )
        message.save(update_fields=["coupon"])
    return message.coupon


def take_back_coupon(message: Message) -> None:
    """Take the coupon from an unsent message, and withdraw it unless another message has it."""
    coupon = message.coupon
    if coupon is None:
        return
    message.coupon = None
    message.save(update_fields=["coupon"])
    if not Message.objects.filter(coupon=coupon).exists():
        withdraw_coupon(coupon)


def _new_coupon(message: Message, rule: CartPriceRule, customer: Customer, at: datetime) -> Coupon:
    step = message.of_step
    return issue_coupon(
        rule,
        customer,
        at,
        prefix=step.coupon_prefix if step else "",
        expires_at=at + timedelta(days=step.coupon_days) if step and step.coupon_days else None,
        issuer=ISSUER,
    )


def _earlier_coupon(message: Message, rule: CartPriceRule, at: datetime) -> Coupon | None:
    if message.run_id is None:
        return None
    given = Message.objects.filter(run=message.run_id, coupon__isnull=False)
    rows = Coupon.objects.filter(pk__in=given.values("coupon"), rule=rule)
    valid = rows.filter(Q(expires_at=None) | Q(expires_at__gt=at), customer=message.customer_id)
    unused = (one for one in valid.order_by("-pk") if not uses_of_code(one, at=at))
    return next(unused, None)


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
    if _mentions(content, RECOMMENDATIONS):
        values[RECOMMENDATIONS] = recommendations_for(customer, now())
    placed = placed_for(placements_in(content), customer, store, now())
    whole = values | {"content": placed.values}
    return Composed(render(content, whole, shop=shop_address()), placed)


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
    content = _content_of_message(message, variant)
    return compose_content(content, values, customer, message.store)


def _content_of_message(message: Message, variant: CampaignVariant | None) -> Content:
    assert message.template is not None
    content = content_of(message.template.definition)
    if variant is not None and variant.subject:
        content = replace(content, subject=variant.subject)
    return content


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
    origins: set[str] = {origin.rstrip("/") for origin in settings.TRACK_ALLOWED_ORIGINS}
    if len(origins) != 1:
        return ""
    (origin,) = origins
    if urlsplit(origin).scheme not in ("http", "https") or Website.objects.count() != 1:
        return ""
    return origin
