"""Which campaigns give the coupons of a price rule, and so keep it from being deleted."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from price_rules.models import CartPriceRule
from price_rules.users import UsersOfRules


def campaigns_of(rule: CartPriceRule) -> list[str]:
    """Return the names of the campaigns with coupons of `rule`."""
    return list(Campaign.objects.filter(coupon_rule=rule).values_list("name", flat=True))


USED_BY_CAMPAIGNS = UsersOfRules("campaigns", _("Campaigns"), campaigns_of)
