"""Keys by which programs use the API as one user."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """One key, of which only the hash is stored; without rows in `permissions` all of the user's.

    It never may more than its user.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("What it is for, such as “checkout”.")
    )
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    # The first characters, by which its owner knows it again.
    beginning = models.CharField(_("begins with"), max_length=8, editable=False)
    permissions: Any = models.ManyToManyField(
        "auth.Permission",
        blank=True,
        verbose_name=_("limited to"),
        help_text=_("Empty: everything that the user may do. Never more than that."),
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("Empty: never.")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, editable=False)
    # Kept to the minute: a call writes it at most once in one.
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)

    class Meta:
        app_label = "customers"
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.beginning}… ({self.name})" if self.name else f"{self.beginning}…"
