"""The app's one permission: conditions themselves are code and have no table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Condition(models.Model):
    """Carries the permission to try conditions; has no table and is never stored."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [("preview", _("Can try conditions and see how many customers match"))]
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
