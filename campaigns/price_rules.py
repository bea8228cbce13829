"""Which campaigns and sequences give coupons of a price rule, and so keep it from being deleted."""

from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, Sequence
from price_rules.models import CartPriceRule
from price_rules.users import UsersOfRules


def campaigns_of(rule: CartPriceRule) -> list[str]:
    """Return the names of the campaigns with coupons of `rule`."""
    return list(Campaign.objects.filter(coupon_rule=rule).values_list("name", flat=True))


def sequences_of(rule: CartPriceRule) -> list[str]:
    """Return what the sequences are called that have a step with coupons of `rule`."""
    return [str(one) for one in Sequence.objects.filter(steps__coupon_rule=rule).distinct()]


USED_BY_CAMPAIGNS = UsersOfRules("campaigns", _("Campaigns"), campaigns_of)
USED_BY_SEQUENCES = UsersOfRules("sequences", _("Sequences"), sequences_of)
