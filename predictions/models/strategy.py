"""Saved plans: the entered values and the latest result."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Strategy(models.Model):
    """A strategy and its input values, saved under a name.

    `strategy` is a code of `predictions.strategies.catalogue`. `values` are texts by the field
    names of the call `clv/optimize/`. `result` is the response of that call at `result_at`: figures
    only, no customers.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    strategy = models.CharField(_("plan"), max_length=32)
    values = models.JSONField(_("values"), default=dict)
    result = models.JSONField(_("last result"), null=True)
    result_at = models.DateTimeField(_("reckoned"), null=True)
    created_at = models.DateTimeField(_("kept"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("kept by"),
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("Plans")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
