"""The insight that the customer would usually have bought again by this time."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core.text.formats import number_shown
from personalization.engagement import TENTH, rounded_to
from personalization.models import PersonalizationInsight
from personalization.profiles.computed import Profile
from predictions.models import CustomerPrediction

MOST_RATIO, LEAST_DAYS = 2, 3


def overdue(profile: Profile) -> PersonalizationInsight | None:
    """Return that more than twice the usual time has passed since the last of 3 purchase days."""
    rows = CustomerPrediction.objects.filter(customer=profile.customer)
    ratio: Decimal | None = rows.values_list("overdue_ratio", flat=True).first()
    days = profile.purchases.purchase_days
    if ratio is None or ratio <= MOST_RATIO or days < LEAST_DAYS:
        return None
    text = _("Is overdue: the last purchase is %(ratio)s times as long ago as usual.")
    return PersonalizationInsight(
        "overdue",
        {"overdue_ratio": str(ratio), "purchase_days": days},
        text % {"ratio": number_shown(rounded_to(ratio, TENTH))},
    )
