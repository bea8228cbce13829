"""Experiments with their variants, and the assignments of customers."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.text.codes import CODE
from customers.models import Customer
from personalization.models.experiences.placement import Placement

SALT = RegexValidator(
    r"^[a-z0-9-]{1,64}\Z", _("1 to 64 small letters, digits and “-”."), code="invalid"
)


class ExperimentState(models.TextChoices):
    """The state of an experiment; the last one is final."""

    DRAFT = "draft", _("draft")
    RUNNING = "running", _("running")
    STOPPED = "stopped", _("stopped")


class Metric(models.TextChoices):
    """The metric of each customer, from the first exposure until the end of the window."""

    CONVERSION_RATE = "conversion_rate", _("conversion rate")
    ORDERS_PER_VISITOR = "orders_per_visitor", _("orders per visitor")
    REVENUE_PER_VISITOR = "revenue_per_visitor", _("revenue per visitor")
    CLICK_THROUGH_RATE = "click_through_rate", _("click-through rate")


class Method(models.TextChoices):
    """The statistical method: it decides when the figures may be read."""

    FIXED = "fixed", _("once, at the planned size")
    SEQUENTIAL = "sequential", _("at any time")


class Mode(models.TextChoices):
    """The weighting of the variants: fixed, or following the successes."""

    FIXED = "fixed", _("fixed weights")
    BANDIT = "bandit", _("bandit: weights follow the successes")


class Reward(models.TextChoices):
    """The success of a unit of a bandit, within `reward_hours` of the exposure."""

    CLICK = "click", _("click")
    CONVERSION = "conversion", _("order")
    OPEN = "open", _("mail opened")


class OnWinner(models.TextChoices):
    """The action of a bandit once a variant has won."""

    REST = "rest", _("give it the rest of the traffic")
    HOLD = "hold", _("keep the weights")
    STOP = "stop", _("stop the experiment")


class Experiment(models.Model):
    """An experiment with at least two variants. Written by `experiments.resource` and `running`
    only.

    `variants`, the control first, are `{"code", "weight", "content"}` or `{"code", "weight",
    "algorithm"}`; empty content is the placement's default. In a channel of another app they are
    `{"code", "weight"}` and values of the channel's fields (`experiments.channels`). `traffic` and
    weights are of 10,000. `lifts` has the measured lifts by variant code, once the planned size is
    reached.

    In the mode `bandit` the weights of `variants` are equal and apply to the first batch; those of
    later batches are `BanditBatch` rows. `floor` is of 10,000.
    """

    code = models.CharField(_("code"), max_length=64, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=255)
    hypothesis = models.TextField(_("hypothesis"), blank=True, default="", max_length=10_000)
    placement = models.ForeignKey(
        Placement,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="experiments",
        verbose_name=_("place in the shop"),
    )
    salt = models.CharField(_("salt"), max_length=64, validators=[SALT])
    traffic = models.PositiveIntegerField(_("traffic"), default=10_000)
    variants = models.JSONField(_("variants"), default=list)
    audience = models.JSONField(_("audience"), null=True, blank=True)
    primary_metric = models.CharField(
        _("primary metric"),
        max_length=32,
        choices=Metric.choices,
        default=Metric.CONVERSION_RATE,
    )
    metrics = models.JSONField(_("further metrics"), default=list, blank=True)
    window_days = models.PositiveIntegerField(_("days after the first exposure"), default=14)
    alpha = models.FloatField(_("risk of a false alarm"), default=0.05)
    method = models.CharField(
        _("read"), max_length=16, choices=Method.choices, default=Method.FIXED
    )
    planned_size = models.PositiveIntegerField(
        _("planned size"), null=True, blank=True, help_text=_("Customers for each variant.")
    )
    winsorize = models.FloatField(_("cut revenue at the percentile"), null=True, blank=True)
    mode = models.CharField(
        _("mode"), max_length=16, choices=Mode.choices, default=Mode.FIXED, db_default=Mode.FIXED
    )
    reward = models.CharField(
        _("success"), max_length=16, choices=Reward.choices, blank=True, default="", db_default=""
    )
    reward_hours = models.PositiveIntegerField(
        _("hours until success is judged"), default=24, db_default=24
    )
    floor = models.PositiveIntegerField(_("evenly split share"), default=2_000, db_default=2_000)
    batch_hours = models.PositiveIntegerField(_("hours of a batch"), default=24, db_default=24)
    planned_batches = models.PositiveIntegerField(_("planned batches"), default=28, db_default=28)
    on_winner = models.CharField(
        _("once a variant has won"),
        max_length=16,
        choices=OnWinner.choices,
        default=OnWinner.REST,
        db_default=OnWinner.REST,
    )
    state = models.CharField(
        _("state"), max_length=16, choices=ExperimentState.choices, default=ExperimentState.DRAFT
    )
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    lifts = models.JSONField(default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ["code"]
        permissions = [
            ("start_experiment", _("Can start experiments")),
            ("stop_experiment", _("Can stop experiments")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["placement"],
                condition=Q(state="running"),
                name="experiment_running_once",
            )
        ]

    def __str__(self) -> str:
        return self.code

    def save(self, *args: object, **kwargs: object) -> None:
        """Store the row; an empty salt becomes the code."""
        self.salt = self.salt or self.code.replace("_", "-")
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Assignment(models.Model):
    """The variant of an experiment that a customer got with their first exposure; it never changes.

    `arm` is `experiment:variant`, `segments` the codes of the customer's segments at that instant.
    Without a customer, it is of a deleted customer, who still counts in the arm.
    """

    experiment = models.ForeignKey(
        Experiment,
        models.CASCADE,
        related_name="assignments",
        db_index=False,
        verbose_name=_("experiment"),
    )
    customer = models.ForeignKey(
        Customer,
        models.SET_NULL,
        null=True,
        related_name="assignments",
        db_index=False,
        verbose_name=_("customer"),
    )
    variant = models.CharField(_("variant"), max_length=64)
    arm = models.CharField(_("experiment and variant"), max_length=129)
    assigned_at = models.DateTimeField(_("assigned"))
    segments = models.JSONField(_("segments then"), default=list, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["experiment", "customer"], name="assignment_once")
        ]
        indexes = [
            models.Index(fields=["customer", "arm"], name="assignment_customer_idx"),
            models.Index(fields=["arm", "customer"], name="assignment_arm_idx"),
        ]

    def __str__(self) -> str:
        return self.arm
