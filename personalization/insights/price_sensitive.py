"""The customer buys where there is a discount."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core.text.formats import share_shown
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile

LEAST_SHARE, LEAST_SALES = Decimal("0.6"), 5


def price_sensitive(profile: Profile) -> PersonalizationInsight | None:
    """Return that at least 60 % of at least 5 sales had a discount or a coupon."""
    bought = profile.purchases
    if bought.discount_share is None or bought.orders < LEAST_SALES:
        return None
    if bought.discount_share < LEAST_SHARE:
        return None
    text = _("Buys at a discount: %(share)s of %(orders)d orders had one.")
    return PersonalizationInsight(
        "price_sensitive",
        {"discount_share": str(bought.discount_share), "orders": bought.orders},
        text % {"share": share_shown(bought.discount_share), "orders": bought.orders},
    )
