"""Stored results of analytics views as of the last scoring."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AnalyticsTable(models.Model):
    """The result of a view as of the last full scoring; aggregates only, no single customers.

    `parameters` are the view's, as a query string (`by=month&value=sales`). `data` is JSON in the
    format of the API; `version` is the version of the model whose scores the view shows.
    """

    view = models.CharField(max_length=32)
    parameters = models.CharField(max_length=100, blank=True)
    as_of = models.DateTimeField()
    version = models.PositiveIntegerField()
    data = models.JSONField()

    class Meta:
        verbose_name = _("analytics table")
        verbose_name_plural = _("analytics tables")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["view", "parameters"], name="analytics_table_unique")
        ]

    def __str__(self) -> str:
        return f"{self.view}?{self.parameters}"
