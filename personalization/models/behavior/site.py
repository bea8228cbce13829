"""Websites whose storefront reports the behaviour of visitors."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Website


class TrackingSite(models.Model):
    """The keys of a website's storefront.

    `key` stands in its pages for everybody to read; with `secret` the shop's server signs who is
    logged in. The secret is kept as it is, since signatures are made of it.
    """

    website = models.OneToOneField(
        Website, models.CASCADE, related_name="tracking_site", verbose_name=_("website")
    )
    key = models.CharField(_("key"), max_length=64, unique=True)
    secret = models.CharField(max_length=128)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("storefront")
        verbose_name_plural = _("storefronts")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
