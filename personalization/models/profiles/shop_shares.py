"""The interests and active hours of all customers together."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Website


class Subject(models.TextChoices):
    """The kind of thing that customers are interested in."""

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
    """The instant of the shares of all customers, and whether all profiles have to be written.

    A single row with `id` 1. `owed` counts the requests to write all profiles, and `written` is the
    count up to which they have been written, so that neither a kill nor a request during the
    writing is lost.
    """

    shares_as_of = models.DateTimeField(null=True)
    owed = models.BigIntegerField(default=0)
    written = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.shares_as_of)
