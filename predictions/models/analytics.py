"""What analytics show of the last scoring, ready to be read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AnalyticsTable(models.Model):
    """What a view shows of the last scoring of everybody: sums only, nobody in particular.

    `parameters` are those of the view, as in an address (`by=month&value=sales`). `data` is JSON as
    the API answers it; `version` is that of the model whose scores it is about.
    """

    view = models.CharField(max_length=32)
    parameters = models.CharField(max_length=100, blank=True)
    as_of = models.DateTimeField()
    version = models.PositiveIntegerField()
    data = models.JSONField()

    class Meta:
        verbose_name = _("analytics table")
        # As the menu calls the page on which all of them are shown.
        verbose_name_plural = _("Dashboard")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["view", "parameters"], name="analytics_table_unique")
        ]

    def __str__(self) -> str:
        return f"{self.view}?{self.parameters}"
