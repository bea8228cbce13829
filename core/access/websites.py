"""The stored limits of users, groups of users and API tokens to websites."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _


class WebsiteLimit(models.Model):
    """A website of a limit; without any row there is no limit.

    A website in a limit cannot be deleted: without its last website there would be no limit.
    """

    website = models.ForeignKey(
        "customers.Website", models.PROTECT, related_name="+", verbose_name=_("website")
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.website)


class UserWebsite(WebsiteLimit):
    """A website that a user is limited to."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="website_limits", db_index=False
    )

    class Meta:
        app_label = "customers"
        verbose_name = _("website that a user is limited to")
        verbose_name_plural = _("limited to websites")
        constraints = [
            models.UniqueConstraint(fields=["user", "website"], name="user_website_once")
        ]


class GroupWebsite(WebsiteLimit):
    """A website that the users of a group are limited to."""

    group = models.ForeignKey(
        "auth.Group", models.CASCADE, related_name="website_limits", db_index=False
    )

    class Meta:
        app_label = "customers"
        verbose_name = _("website that a group is limited to")
        verbose_name_plural = _("limited to websites")
        constraints = [
            models.UniqueConstraint(fields=["group", "website"], name="group_website_once")
        ]


class TokenWebsite(WebsiteLimit):
    """A website that an API token is limited to, whatever its user may see."""

    token = models.ForeignKey(
        "customers.ApiToken", models.CASCADE, related_name="website_limits", db_index=False
    )

    class Meta:
        app_label = "customers"
        verbose_name = _("website that a token is limited to")
        verbose_name_plural = _("limited to websites")
        constraints = [
            models.UniqueConstraint(fields=["token", "website"], name="token_website_once")
        ]


def user_has_limit(user: str) -> Any:
    """Return the query condition that the user at the path `user`, or a group of it, is limited."""
    of_user = UserWebsite.objects.filter(user=OuterRef(user))
    of_group = GroupWebsite.objects.filter(group__user=OuterRef(user))
    return Exists(of_user) | Exists(of_group)


def token_has_limit(token: str) -> Any:
    """Return the query condition that the token at the path `token` has a limit of its own."""
    return Exists(TokenWebsite.objects.filter(token=OuterRef(token)))
