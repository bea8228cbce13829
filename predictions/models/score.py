"""The scores of each customer, which conditions read."""

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from customers.fields import ExactDecimalField
from customers.models import Customer


class RfmSegment(models.TextChoices):
    """Who bought lately and often; the closed list of the contract."""

    CHAMPIONS = "champions", _("Champions")
    LOYAL = "loyal", _("Loyal")
    POTENTIAL_LOYALISTS = "potential_loyalists", _("Potential loyalists")
    NEW_CUSTOMERS = "new_customers", _("New customers")
    PROMISING = "promising", _("Promising")
    NEED_ATTENTION = "need_attention", _("Need attention")
    ABOUT_TO_SLEEP = "about_to_sleep", _("About to sleep")
    CANNOT_LOSE = "cannot_lose", _("Cannot lose them")
    AT_RISK = "at_risk", _("At risk")
    HIBERNATING = "hibernating", _("Hibernating")


class JourneyStage(models.TextChoices):
    """How far a customer has come; the closed list of the contract."""

    VISITOR = "visitor", _("Visitor")
    REGISTERED = "registered", _("Registered")
    FIRST_ORDER = "first_order", _("First order")
    REPEAT = "repeat", _("Bought again")
    LOYAL = "loyal", _("Buys often")
    LAPSING = "lapsing", _("Lapsing")
    LOST = "lost", _("Lost")


class Weekday(models.TextChoices):
    """The days of a week, from Monday on."""

    MONDAY = "monday", WEEKDAYS[0]
    TUESDAY = "tuesday", WEEKDAYS[1]
    WEDNESDAY = "wednesday", WEEKDAYS[2]
    THURSDAY = "thursday", WEEKDAYS[3]
    FRIDAY = "friday", WEEKDAYS[4]
    SATURDAY = "saturday", WEEKDAYS[5]
    SUNDAY = "sunday", WEEKDAYS[6]


class CustomerPrediction(models.Model):
    """A customer's scores, null or '' where there is none.

    Written by `predictions.scoring` only, which marks whom a change may move into a segment or out
    of one: no trigger does. Each `..._as_of` says as of when the columns before it were last
    written; a later scoring that found the same has confirmed them
    (`PredictionModel.as_of`).
    """

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="prediction"
    )
    recency_score = models.PositiveSmallIntegerField(_("recency score"), null=True)
    frequency_score = models.PositiveSmallIntegerField(_("frequency score"), null=True)
    monetary_score = models.PositiveSmallIntegerField(_("monetary score"), null=True)
    rfm_segment = models.CharField(
        _("RFM segment"), max_length=32, choices=RfmSegment.choices, default="", blank=True
    )
    orders_trend = models.IntegerField(_("trend of orders"), null=True)
    gap_days = ExactDecimalField(_("usual days between purchases"), null=True)
    overdue_ratio = ExactDecimalField(_("how overdue"), null=True)
    discount_share = ExactDecimalField(_("share of orders with a discount"), null=True)
    refund_share = ExactDecimalField(_("share of sales refunded"), null=True)
    favourite_weekday = models.CharField(
        _("favourite weekday"), max_length=16, choices=Weekday.choices, default="", blank=True
    )
    favourite_hour = models.PositiveSmallIntegerField(_("favourite hour"), null=True)
    rfm_as_of = models.DateTimeField(null=True)
    journey_stage = models.CharField(
        _("journey stage"), max_length=16, choices=JourneyStage.choices, default="", blank=True
    )
    journey_as_of = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("scores of a customer")
        verbose_name_plural = _("scores of customers")
        permissions = [("view_scores", _("Can see customers' scores"))]
        indexes = [
            models.Index(fields=["rfm_segment", "customer"], name="prediction_rfm_idx"),
            models.Index(fields=["journey_stage", "customer"], name="prediction_journey_idx"),
            models.Index(fields=["overdue_ratio", "customer"], name="prediction_overdue_idx"),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)
