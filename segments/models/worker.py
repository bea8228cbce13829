"""What workers leave behind: that they live, and up to when regular work is done."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Worker(models.Model):
    """A worker process, and when it was last seen at work."""

    name = models.CharField(_("worker"), max_length=128, primary_key=True)
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return self.name


class Watermark(models.Model):
    """Up to which moment (or number) a piece of regular work is done."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField(null=True)
    number = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.at or self.number}"
