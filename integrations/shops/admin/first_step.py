"""The first of the first steps, as long as the shop has no customers."""

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from segments.admin.first_steps import Beginning

PERMISSION = "customers.import_shop"


def _is_wanted(user: User) -> bool:
    return user.has_perm(PERMISSION) and not Customer.objects.exists()


BRING_YOUR_SHOP = Beginning(
    "shops.bring_your_shop",
    _("Bring your shop"),
    _("Upload what Shopify, WooCommerce or Magento exports; you see what becomes of it first."),
    "admin:shops_shopimport_changelist",
    _is_wanted,
)
