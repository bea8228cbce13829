"""Campaigns of other systems, and the customers that they touched."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField
from customers.models import Customer

OTHER = "other"


class TouchCampaign(models.Model):
    """A campaign whose touches were imported, with its total cost."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=255)
    channel = models.CharField(_("channel"), max_length=64, default=OTHER)
    cost = ExactDecimalField(_("cost"))
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)

    class Meta:
        # The title of the page that shows the campaigns' credits.
        verbose_name = _("Attribution and ROI")
        verbose_name_plural = _("Attribution and ROI")
        default_permissions = ()

    def __str__(self) -> str:
        return self.code


class TouchGroup(models.TextChoices):
    """Whether the customer was contacted or held out; the closed list of the contract."""

    CONTACTED = "contacted", _("contacted")
    HELD_OUT = "held_out", _("in the control group")


class Touch(models.Model):
    """A contact of a customer by a campaign, or the assignment of a customer to its control group.

    `external_id` is the source's number of the touch, '' without one: touches without a number that
    are equal in all columns count as a single touch.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="touches", db_index=False, verbose_name=_("customer")
    )
    campaign = models.ForeignKey(
        TouchCampaign,
        models.CASCADE,
        related_name="touches",
        db_index=False,
        verbose_name=_("campaign"),
    )
    at = models.DateTimeField(_("at"))
    group = models.CharField(
        _("group"), max_length=16, choices=TouchGroup.choices, default=TouchGroup.CONTACTED
    )
    external_id = models.CharField(_("number"), max_length=64, default="", blank=True)

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touchpoints")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "campaign", "at", "group", "external_id"], name="touch_once"
            ),
            models.UniqueConstraint(
                fields=["external_id"], condition=models.Q(external_id__gt=""), name="touch_number"
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "at"], include=["campaign", "group"], name="touch_customer_idx"
            ),
            models.Index(
                fields=["campaign", "customer", "at"], include=["group"], name="touch_campaign_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id}: {self.at.isoformat()}"
