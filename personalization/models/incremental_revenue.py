"""Data for the incremental revenue: the holdout share over time, and daily engagement."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Website


class HoldoutChange(models.Model):
    """A change of the holdout share (of 10,000 customers), valid from then on.

    Numbered from 1, so that only one of two concurrent processes stores a change. The first row
    also applies to the time before it, of which nothing else is known.
    """

    number = models.PositiveIntegerField(primary_key=True)
    basis_points = models.PositiveIntegerField(_("of 10,000"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of the control group")
        verbose_name_plural = _("changes of the control group")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.basis_points} / {self.at.isoformat()}"


class EngagementMetric(models.Model):
    """The engagement on a day of a website, as known in the night after.

    `customers` were active on that day, in `sessions` that began on it. `activities` is the mean
    number per session, `score` the mean score of these customers at the end of the day; null
    without any.
    """

    website = models.ForeignKey(
        Website, models.CASCADE, related_name="+", db_index=False, verbose_name=_("website")
    )
    day = models.DateField(_("day"))
    customers = models.PositiveIntegerField(_("customers"), default=0)
    sessions = models.PositiveIntegerField(_("sessions"), default=0)
    activities = models.DecimalField(
        _("activities of a session"), max_digits=18, decimal_places=4, null=True
    )
    score = models.DecimalField(_("mean engagement"), max_digits=8, decimal_places=4, null=True)

    class Meta:
        # Named after its admin page, which shows the incremental revenue.
        verbose_name = _("Overview")
        verbose_name_plural = _("Overview")
        default_permissions = ()
        permissions = [("view_analytics", _("Can see what personalization is worth"))]
        constraints = [
            models.UniqueConstraint(fields=["website", "day"], name="engagement_metric_once")
        ]
        indexes = [models.Index(fields=["day"], name="engagement_metric_day_idx")]

    def __str__(self) -> str:
        return f"{self.website_id}: {self.day}"
