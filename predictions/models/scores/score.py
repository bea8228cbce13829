"""The scores of each customer, which the conditions of segments read."""

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from customers.models import Customer
from predictions.models.lifecycle.model import PredictionModel


class RfmSegment(models.TextChoices):
    """The RFM segments of customers; the closed list of the contract."""

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


class ValueBand(models.TextChoices):
    """How much a customer is worth beside others; the closed list of the contract."""

    TOP = "top", _("Top")
    HIGH = "high", _("High")
    MIDDLE = "middle", _("Middle")
    LOW = "low", _("Low")


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
    """A customer's scores; a missing score is null or ''.

    Only `predictions.scoring.writing` writes these rows. That module also marks the customers whose
    segment memberships a change may affect; no database trigger does. Each `..._as_of` is the as-of
    time with which the columns before it were last written, each `..._version` the version that
    wrote them. A later scoring that computes equal values only updates `PredictionModel.as_of`.
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
    rfm_version = models.PositiveIntegerField(null=True)
    journey_stage = models.CharField(
        _("journey stage"), max_length=16, choices=JourneyStage.choices, default="", blank=True
    )
    journey_as_of = models.DateTimeField(null=True)
    journey_version = models.PositiveIntegerField(null=True)
    clv = ExactDecimalField(_("predicted lifetime value"), null=True)
    expected_orders = ExactDecimalField(_("expected orders"), null=True)
    expected_order_value = ExactDecimalField(_("expected order value"), null=True)
    probability_alive = ExactDecimalField(_("probability of being alive"), null=True)
    clv_top_percent = models.PositiveSmallIntegerField(_("among the top percent"), null=True)
    value_band = models.CharField(
        _("value band"), max_length=16, choices=ValueBand.choices, default="", blank=True
    )
    # The model whose last full scoring (`PredictionModel.as_of`) also confirms unchanged values.
    clv_model = models.ForeignKey(
        PredictionModel, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    clv_as_of = models.DateTimeField(null=True)
    clv_version = models.PositiveIntegerField(null=True)
    churn_risk = ExactDecimalField(_("churn risk"), null=True)
    churn_risk_rise = ExactDecimalField(_("rise of the churn risk"), null=True)
    churn_as_of = models.DateTimeField(null=True)
    churn_version = models.PositiveIntegerField(null=True)
    next_order_on = models.DateField(_("expected next order"), null=True)
    next_order_from = models.DateField(_("expected next order, from"), null=True)
    next_order_to = models.DateField(_("expected next order, to"), null=True)
    next_order_as_of = models.DateTimeField(null=True)
    next_order_version = models.PositiveIntegerField(null=True)
    # A label of the deployed version, of the highest level or below it (`2.1`), or `noise`.
    cluster = models.CharField(_("cluster"), max_length=16, default="", blank=True)
    clusters_as_of = models.DateTimeField(null=True)
    clusters_version = models.PositiveIntegerField(null=True)
    retail_cluster = models.CharField(
        _("cluster of the Online Retail platform"), max_length=16, default="", blank=True
    )
    retail_clusters_as_of = models.DateTimeField(null=True)
    retail_clusters_version = models.PositiveIntegerField(null=True)
    anomaly_score = ExactDecimalField(_("unusualness"), null=True)
    is_anomaly = models.BooleanField(_("unusual"), null=True)
    anomaly_as_of = models.DateTimeField(null=True)
    anomaly_version = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("scores of a customer")
        verbose_name_plural = _("scores of customers")
        permissions = [("view_scores", _("Can see customers' scores"))]
        indexes = [
            models.Index(fields=["rfm_segment", "customer"], name="prediction_rfm_idx"),
            models.Index(fields=["journey_stage", "customer"], name="prediction_journey_idx"),
            models.Index(fields=["overdue_ratio", "customer"], name="prediction_overdue_idx"),
            models.Index(fields=["clv", "customer"], name="prediction_clv_idx"),
            models.Index(fields=["churn_risk", "customer"], name="prediction_churn_idx"),
            models.Index(fields=["next_order_on", "customer"], name="prediction_next_order_idx"),
            models.Index(fields=["anomaly_score", "customer"], name="prediction_anomaly_idx"),
            models.Index(fields=["cluster", "customer"], name="prediction_cluster_idx"),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class RiskHistory(models.Model):
    """The churn risk of a customer as of a moment; no row where risk and version are unchanged."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="risk_history", db_index=False
    )
    at = models.DateTimeField(_("as of"), db_index=True)
    churn_risk = ExactDecimalField(_("churn risk"))
    version = models.PositiveIntegerField(_("version"))

    class Meta:
        verbose_name = _("former churn risk")
        verbose_name_plural = _("former churn risks")
        constraints = [
            models.UniqueConstraint(fields=["customer", "at"], name="risk_history_unique")
        ]

    def __str__(self) -> str:
        return f"{self.at.isoformat()}: {self.churn_risk}"
