"""Exposures: what was shown to a customer or visitor, how often, and the outcome."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Exposure(models.Model):
    """One element of one response to a customer who may be tracked.

    `served_id` is the response's id. `variant` is '' for the default. `withheld` is the variant
    that a customer of the holdout group would have been shown. `experiment` is the code of the
    variant's experiment, also where the variant was not ready in time ('': none). `shows_default`:
    the variant of an experiment has no content but the default's. `items` are the codes of pieces
    of content.
    """

    served_id = models.CharField(_("answer"), max_length=26)
    element = models.CharField(_("place in the shop"), max_length=64)
    variant = models.CharField(_("variant"), max_length=64, default="", blank=True)
    experiment = models.CharField(_("experiment"), max_length=64, default="", blank=True)
    shows_default = models.BooleanField(_("shows the default"), default=False)
    withheld = models.CharField(_("withheld variant"), max_length=64, default="", blank=True)
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="exposures",
        db_index=False,
        verbose_name=_("customer"),
    )
    at = models.DateTimeField(_("at"))
    why = models.CharField(_("why"), max_length=16)
    page_type = models.CharField(_("page type"), max_length=64)
    holdout = models.BooleanField(_("control group"), default=False)
    goals = models.JSONField(_("goals"), default=list, blank=True)
    items = models.JSONField(_("pieces of content"), default=list, blank=True)
    # The visit's device and traffic source, from the request.
    device = models.CharField(_("device"), max_length=255, default="", blank=True)
    traffic_source = models.CharField(_("traffic source"), max_length=255, default="", blank=True)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["served_id", "element"], name="exposure_once")
        ]
        indexes = [
            models.Index(fields=["customer", "at"], name="exposure_customer_idx"),
            models.Index(fields=["element", "at"], name="exposure_element_idx"),
            models.Index(fields=["at"], name="exposure_time_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.variant}"


# Exposures for which only the default was shown.
IS_DEFAULT = models.Q(variant="") | models.Q(shows_default=True)


class ExploredExposure(models.Model):
    """The first random exposure of a placement to a customer, and its outcome.

    Written for placements that choose by goals. `variant` is '' for the default content;
    `has_converted`: a sale followed within 7 days. `personalization.goals.evidence` counts rows.
    """

    element = models.CharField(_("place in the shop"), max_length=64)
    variant = models.CharField(_("variant"), max_length=64, default="", blank=True)
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="explored_exposures",
        db_index=False,
        verbose_name=_("customer"),
    )
    at = models.DateTimeField(_("at"))
    has_clicked = models.BooleanField(_("clicked"), default=False)
    has_converted = models.BooleanField(_("bought"), default=False)

    class Meta:
        verbose_name = _("random exposure")
        verbose_name_plural = _("random exposures")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer", "element"], name="explored_once")
        ]
        indexes = [
            models.Index(
                fields=["element", "variant", "has_clicked", "has_converted"],
                name="explored_evidence_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.variant}"


class ExposureCount(models.Model):
    """How often a variant was shown on a day (UTC) to shoppers who are not tracked.

    `deadlines`: in how many of all responses the element was not ready in time.
    """

    element = models.CharField(_("place in the shop"), max_length=64)
    variant = models.CharField(_("variant"), max_length=64, default="", blank=True)
    day = models.DateField(_("day"))
    shown = models.PositiveBigIntegerField(_("shown"), default=0)
    deadlines = models.PositiveBigIntegerField(_("too late"), default=0)

    class Meta:
        verbose_name = _("number of exposures")
        verbose_name_plural = _("numbers of exposures")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["element", "variant", "day"], name="exposure_count_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.variant}"


class VariantCounter(models.Model):
    """The number of exposures of a variant ('': the default), and of those followed by an order."""

    element = models.CharField(_("place in the shop"), max_length=64)
    variant = models.CharField(_("variant"), max_length=64, default="", blank=True)
    exposures = models.PositiveBigIntegerField(_("exposures"), default=0)
    conversions = models.PositiveBigIntegerField(_("conversions"), default=0)
    counted_at = models.DateTimeField(_("counted"))

    class Meta:
        verbose_name = _("counter of a variant")
        verbose_name_plural = _("counters of variants")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["element", "variant"], name="variant_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.element}: {self.variant}"
