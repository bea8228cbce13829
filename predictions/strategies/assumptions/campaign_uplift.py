"""Uplifts of campaigns with a holdout group: how much more often contacted customers bought."""

from datetime import timedelta
from fractions import Fraction

from core.clock import now
from predictions.attribution.lift import measured_conversion
from predictions.history.values import rounded
from predictions.models import TouchCampaign
from predictions.refusals import Refused
from predictions.strategies.assumptions.measured_uplift import MeasuredUplift, Measuring

WINDOW = timedelta(days=30)
PLACES = 4


def uplift_of(strategy: str, campaign: str) -> MeasuredUplift | None:
    """Return the uplift of the campaign with this code; without one, that of the strategy.

    The uplift is the share of contacted customers who bought within 30 days of their first touch,
    minus that of the control group, with Welch's 95 % interval. None without such a campaign, and
    below 30 customers in a group.
    """
    found = TouchCampaign.objects.filter(code=campaign or strategy).first()
    if found is None:
        return None
    try:
        lift = measured_conversion(found, WINDOW, now())
    except Refused:
        return None
    value = rounded(lift.contacted.mean - lift.held_out.mean, PLACES)
    if lift.interval is None:
        return MeasuredUplift(value)
    return MeasuredUplift(value, *(rounded(Fraction(end), PLACES) for end in lift.interval))


CAMPAIGNS = Measuring("campaigns", uplift_of)
