"""Values of a template's names: plain data about a message, never models."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.translation import gettext as _

from campaigns.content.brand import brand_values
from campaigns.content.links import Links
from campaigns.models import Campaign, MailSender
from core.text.formats import money_shown, share_shown
from customers.models import Customer, Store
from price_rules.models import Action, CartPriceRule, Coupon
from segments.models import Segment

SAMPLE_CODE = "SAMPLE"


def values_of(
    *,
    customer: Customer | None,
    store: Store | None,
    sender: MailSender | None,
    links: Links,
    campaign: Campaign | None = None,
    segment: Segment | None = None,
    coupon: Mapping[str, Any] | None = None,
    step: int | None = None,
) -> dict[str, Any]:
    """Return the values of a template's names; what is not there is empty."""
    return {
        "customer": {
            # A blank name counts as none: the template shows its default.
            "name": customer.name.strip() if customer else "",
            "first_name": (customer.first_name or "").strip() if customer else "",
            "last_name": (customer.last_name or "").strip() if customer else "",
            "email": (customer.email or "") if customer else "",
        },
        "store": {
            "name": store.name if store else "",
            "website": store.website.name if store else "",
        },
        "brand": brand_values(sender, store),
        "segment": {
            "code": segment.code if segment else "",
            "name": segment.name if segment else "",
        },
        "step": {"number": step},
        "campaign": {
            "code": campaign.code if campaign else "",
            "name": campaign.name if campaign else "",
        },
        "coupon": dict(coupon or {}),
        "recommendations": [],
        "content": {},
        "unsubscribe_url": links.unsubscribe_url,
        "preferences_url": links.preferences_url,
        "view_url": links.view_url,
        "postal_address": sender.postal_address if sender else "",
    }


def coupon_values(rule: CartPriceRule, coupon: Coupon | None, store: Store) -> dict[str, Any]:
    """Return the values of a coupon of `rule` for templates; of a sample if there is no coupon.

    A coupon expires with its rule's last day in the time zone of the store's website, or before.
    """
    zone = ZoneInfo(store.website.timezone)
    ends = [coupon.expires_at if coupon else None, rule.ends_at(zone)]
    expires_at = min((one for one in ends if one is not None), default=None)
    local = expires_at.astimezone(zone) if expires_at else None
    return {
        "code": coupon.code if coupon else SAMPLE_CODE,
        "discount_text": _discount_text(rule),
        "discount_amount": _number(rule.value),
        "description": rule.description,
        "expires_at": local,
        "expires_formatted": formats.date_format(local, "DATE_FORMAT") if local else "",
    }


def _number(value: Decimal | None) -> Decimal | None:
    # A percentage or an amount is stored with four decimals; trailing zeros are not shown.
    return None if value is None else Decimal(format(value.normalize(), "f"))


def _discount_text(rule: CartPriceRule) -> str:
    if rule.value and rule.action == Action.PERCENT:
        return _("%(share)s off") % {"share": share_shown(rule.value / 100)}
    if rule.value:
        return _("%(amount)s off") % {"amount": money_shown(rule.value)}
    if rule.action == Action.BUY_X_GET_Y:
        return _("Buy %(buy)s, get %(get)s free") % {"buy": rule.buy, "get": rule.get}
    return _("Free shipping") if rule.free_shipping else ""
