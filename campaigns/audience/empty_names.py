"""Names that a mail shows and that are empty for its recipients: they get no such mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from campaigns.audience.counts import count_by_mail_facts
from campaigns.audience.coupons import recipients_by_use
from campaigns.content.composing import RECOMMENDATIONS
from campaigns.content.contents import contents_of
from campaigns.content.links import Links
from campaigns.content.values import SAMPLE_CODE, coupon_values, values_of
from campaigns.models import Campaign, MailSender
from campaigns.templates.content import PARTS, Content
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import render
from customers.models import Customer, Store, Website
from price_rules.models import Coupon
from segments.models import Segment

# Stands for a value that every recipient has.
PRESENT = "-"


@dataclass(frozen=True)
class Nameless:
    """Recipients for whom a mail shows something empty: how many, and the `names` shown.

    `number` of them lack a name in some mail of the campaign's experiment, `in_every_mail` in each.
    """

    number: int = 0
    in_every_mail: int = 0
    names: tuple[str, ...] = ()


def empty_names(
    content: Content,
    store: Store,
    *,
    has_first_name: bool = True,
    has_last_name: bool = True,
    coupon: Mapping[str, Any],
    campaign: Campaign | None = None,
    segment: Segment | None = None,
    step: int | None = None,
) -> list[str]:
    """Return the expressions of `content` that write nothing for such a customer of `store`.

    Recommendations are taken to be there: they differ between customers.
    """
    customer = Customer(
        first_name=PRESENT if has_first_name else "",
        last_name=PRESENT if has_last_name else "",
        email=PRESENT,
    )
    values = values_of(
        customer=customer,
        store=store,
        sender=MailSender(postal_address=PRESENT),
        links=Links(PRESENT, PRESENT, PRESENT),
        campaign=campaign,
        segment=segment,
        coupon=coupon,
        step=step,
    )
    values[RECOMMENDATIONS] = [dict.fromkeys(("name", "price", "sku"), PRESENT)]
    try:
        return sorted(render(content, values).empty)
    except TemplateRefused:
        # Reported where the template is saved and where its mails are made.
        return []


def empty_names_of_campaign(
    content: Content,
    campaign: Campaign,
    segment: Segment | None,
    *,
    has_first_name: bool = True,
    has_last_name: bool = True,
) -> list[str]:
    """Return the `empty_names` of `content` as a mail of `campaign` to `segment`, its first one.

    The names of the coupon are left to `empty_coupon_names` and `reason_against_coupon_in`.
    """
    # Any store will do: each has a name.
    store = Store(name=PRESENT, website=Website(name=PRESENT, timezone="UTC"))
    coupon: dict[str, Any] = {}
    if rule := campaign.coupon_rule:
        coupon = coupon_values(rule, Coupon(rule=rule, code=SAMPLE_CODE), store)
    found = empty_names(
        content,
        store,
        has_first_name=has_first_name,
        has_last_name=has_last_name,
        coupon=coupon,
        campaign=campaign,
        segment=segment,
    )
    return [name for name in found if not name.startswith("coupon.")]


def count_without_names(campaign: Campaign, at: datetime) -> Nameless:
    """Count the recipients of `campaign` at `at` for whom a merge name in its mail is empty.

    Returns how many lack a name in some variant, how many in every variant, and which names.
    Reads the recipients that are `JUDGED` already.

    Those who cannot use its coupon do not count, since they get no mail anyway. Nobody counts for a
    campaign without a template.
    """
    if campaign.template_id is None:
        return Nameless()
    contents = list(dict.fromkeys(contents_of(campaign)))
    segment = Segment.objects.filter(code__in=campaign.segments[:1]).first()

    @cache
    def lacking(has_first_name: bool, has_last_name: bool) -> list[list[str]]:
        return [
            empty_names_of_campaign(
                content,
                campaign,
                segment,
                has_first_name=has_first_name,
                has_last_name=has_last_name,
            )
            for content in contents
        ]

    if not any(map(_names_customers, contents)) and not any(lacking(True, True)):
        return Nameless()
    number, in_every_mail = 0, 0
    names: set[str] = set()
    rule = campaign.coupon_rule
    judged = recipients_by_use(rule, campaign.goes_out_at(at)) if rule else None
    for alike, reason in judged or ((one, None) for one in count_by_mail_facts()):
        holes = lacking(alike.has_first_name, alike.has_last_name)
        if reason is None and any(holes):
            number += alike.number
            in_every_mail += alike.number if all(holes) else 0
            names.update(*holes)
    return Nameless(number, in_every_mail, tuple(sorted(names)))


def _names_customers(content: Content) -> bool:
    return any("customer" in getattr(content, part) for part in PARTS)
