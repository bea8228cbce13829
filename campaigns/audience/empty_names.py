"""Recipients without a name that their mail shows: they get no mail."""

from collections.abc import Mapping
from typing import Any

from campaigns.audience.counts import count_alike
from campaigns.content.composing import contents_of
from campaigns.content.links import Links
from campaigns.content.values import SAMPLE_CODE, coupon_values, values_of
from campaigns.models import Campaign
from campaigns.templates.content import PARTS, Content
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import render
from customers.models import Customer, Store
from price_rules.models import Coupon


def empty_names(
    content: Content,
    store: Store,
    *,
    has_first_name: bool,
    has_last_name: bool,
    coupon: Mapping[str, Any],
) -> list[str]:
    """Return the expressions of `content` that write nothing for such a customer of `store`.

    Only those about the customer and about the `coupon`, whose values are given.
    """
    customer = Customer(
        first_name="-" if has_first_name else "",
        last_name="-" if has_last_name else "",
        email="-",
    )
    values = values_of(
        customer=customer, store=store, sender=None, links=Links("", "", ""), coupon=coupon
    )
    try:
        empty = render(content, values).empty
    except TemplateRefused:
        # Reported where the template is saved and where its mails are made.
        return []
    return sorted(name for name in empty if name.startswith(("customer.", "coupon.")))


def count_without_names(campaign: Campaign) -> tuple[int, list[str]]:
    """Return how many of those who are `JUDGED` as recipients lack a name that a mail shows.

    With an experiment, one of its mails. Also return these expressions. What all coupons of the
    price rule lack is left to `empty_coupon_names`. (0, []) for a campaign without a template.
    """
    if campaign.template_id is None:
        return 0, []
    contents = [one for one in contents_of(campaign) if _names_customers(one)]
    if not contents:
        return 0, []
    store = Store.objects.select_related("website").order_by("pk")[0]
    coupon: dict[str, Any] = {}
    if rule := campaign.coupon_rule:
        coupon = coupon_values(rule, Coupon(rule=rule, code=SAMPLE_CODE), store)

    def lacking(has_first_name: bool, has_last_name: bool) -> set[str]:
        return {
            name
            for content in contents
            for name in empty_names(
                content,
                store,
                has_first_name=has_first_name,
                has_last_name=has_last_name,
                coupon=coupon,
            )
            if name.startswith("customer.")
        }

    holes = {(one, two): lacking(one, two) for one in (False, True) for two in (False, True)}
    if not any(holes.values()):
        return 0, []
    number, names = 0, set()
    for alike in count_alike():
        if hole := holes[alike.has_first_name, alike.has_last_name]:
            number += alike.number
            names |= hole
    return number, sorted(names)


def _names_customers(content: Content) -> bool:
    return any("customer." in getattr(content, part) for part in PARTS)
