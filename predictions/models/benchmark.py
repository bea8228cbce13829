"""Benchmarks: figures of other shops, entered by users."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.database.fields import ExactDecimalField


class Benchmark(models.Model):
    """A metric of other shops in a period (`2026`, `2026-Q3`, `2026-10`), with its source."""

    metric = models.CharField(_("metric"), max_length=100)
    period = models.CharField(_("period"), max_length=7)
    source = models.CharField(_("source"), max_length=255)
    value = ExactDecimalField(_("value"))
    imported_at = models.DateTimeField(_("imported at"))

    class Meta:
        verbose_name = _("benchmark")
        verbose_name_plural = _("benchmarks")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["metric", "period", "source"], name="benchmark_unique")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.period}: {self.source}"
