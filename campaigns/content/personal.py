"""Personalization of mail, where it is installed: the customer's best hour, recommendations.

No personal data of customers who refuse personalization is used.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps

from campaigns.templates.language.prices import price_of
from customers.models import Customer, Purpose
from customers.privacy.consent import refuses

MOST = 6
HOUR = timedelta(hours=1)
DAY_HOURS = 24


def best_time(customer: Customer, at: datetime) -> datetime:
    """Return the next start of the customer's best hour within 24 hours of `at`; `at` for none.

    In the time zone of their website. On a day whose clock skips that hour, there is none.
    """
    if not apps.is_installed("personalization") or refuses(customer, Purpose.PERSONALIZATION):
        return at
    from personalization.profiles.computed import Profile

    hour = Profile(customer, at).send_time.hour
    zone = ZoneInfo(customer.website.timezone)
    begun = at.replace(minute=0, second=0, microsecond=0)
    # Zones are whole quarters of an hour apart: each start of an hour there is one of these.
    quarters = (begun + timedelta(minutes=15 * step) for step in range(DAY_HOURS * 4 + 5))
    for one in quarters:
        local = one.astimezone(zone)
        if at <= one <= at + DAY_HOURS * HOUR and (local.hour, local.minute) == (hour, 0):
            return one
    return at


def recommendations_for(customer: Customer | None) -> list[dict[str, Any]]:
    """Return up to six products that may suit the customer: name, price, SKU; none for nobody."""
    if customer is None or not apps.is_installed("personalization"):
        return []
    if refuses(customer, Purpose.PERSONALIZATION):
        return []
    from personalization.experiences.content.recommended import lists_of

    (found,) = lists_of({"types": f"personal:{MOST}"}, customer, None, page_type="email")
    return [
        {
            "name": one["name"],
            "price": None if one["price"] is None else price_of(one["price"]),
            "sku": one["sku"],
        }
        for one in found["items"]
    ]
