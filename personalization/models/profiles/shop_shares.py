"""What all customers together are interested in, and at which hours they are active."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Website


class Subject(models.TextChoices):
    """What customers are interested in."""

    CATEGORY = "category", _("category")
    BRAND = "brand", _("brand")


class InterestShare(models.Model):
    """The share of a category or brand in the interest of all customers, 0 to 1."""

    subject = models.CharField(_("of"), max_length=8, choices=Subject.choices)
    code = models.TextField(_("code"))
    share = models.FloatField(_("share"))

    class Meta:
        verbose_name = _("interest of all customers")
        verbose_name_plural = _("interests")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["subject", "code"], name="interest_share_once")
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.share:.4f}"


class HourShare(models.Model):
    """The share of a local hour in the activity of all customers of a website, 0 to 1."""

    website = models.ForeignKey(Website, models.CASCADE, related_name="+", db_index=False)
    hour = models.PositiveSmallIntegerField(_("hour"))
    share = models.FloatField(_("share"))

    class Meta:
        verbose_name = _("active hour of a website")
        verbose_name_plural = _("active hours of websites")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["website", "hour"], name="hour_share_once")]

    def __str__(self) -> str:
        return f"{self.hour}: {self.share:.4f}"


class ProfileUpkeep(models.Model):
    """As of when the shares of all customers are, and whether all profiles have to be written.

    One row, of which `id` is 1. That everybody's are to be written is counted in `owed`; they have
    been where `written` is the same, so that neither a kill on the way nor what comes to be owed
    meanwhile is forgotten.
    """

    shares_as_of = models.DateTimeField(null=True)
    owed = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.shares_as_of)
