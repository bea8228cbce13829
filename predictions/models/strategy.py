"""Saved plans: what was entered, and the latest result."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Strategy(models.Model):
    """A strategy with what it is told (`values`), under a name.

    `strategy` is the code of one of `predictions.strategies.catalogue`. `values` are texts by the
    names of the call `clv/optimize/`. `result` is what that answered on `result_at`: figures, and
    nobody in particular.
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
