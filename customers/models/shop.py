"""The shop's own structure: websites, stores and customer groups."""

import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

DEFAULT_WEBSITE = DEFAULT_STORE = "default"
DEFAULT_GROUP = "general"


def validate_time_zone(name: str) -> None:
    """Raise ValidationError where `name` is not an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(name)s” is not an IANA time zone, such as Europe/Berlin."), params={"name": name}
        )


class Website(models.Model):
    """A storefront with its own time zone, in which its customers' days are counted."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=255)
    timezone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )

    class Meta:
        verbose_name = _("website")
        verbose_name_plural = _("websites")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class StorefrontOrigin(models.Model):
    """The origin of storefront pages, such as https://shop.example, that a merchant has allowed.

    Origins of the setting `TRACK_ALLOWED_ORIGINS` need no row.
    """

    origin = models.CharField(_("address"), max_length=255)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("allowed address")
        verbose_name_plural = _("allowed addresses")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["origin"], name="storefront_origin_once")]

    def __str__(self) -> str:
        return self.origin


class Store(models.Model):
    """A store (view) of a website; orders, carts and subscriptions belong to one."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=255)
    website = models.ForeignKey(
        Website, models.PROTECT, related_name="stores", verbose_name=_("website")
    )

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class CustomerGroup(models.Model):
    """A group that the shop puts its customers into."""

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=255)

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
