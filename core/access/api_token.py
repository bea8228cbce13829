"""API tokens, by which programs use the API as one user."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """An API token, of which only the hash of the key is stored.

    The token has the user's permissions, or of these only those in `permissions` where that has
    rows: never more than the user.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = models.CharField(
        _("name"), max_length=100, blank=True, help_text=_("What it is for, such as “checkout”.")
    )
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    # The first characters of the key, by which the owner recognises the token.
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
    # Accurate to a minute: requests write it at most once a minute.
    last_used_at = models.DateTimeField(_("last used at"), null=True, editable=False)

    class Meta:
        app_label = "customers"
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.beginning}… ({self.name})" if self.name else f"{self.beginning}…"
