"""The file by which WooCommerce notes a segment's members: imports of users take it."""

from django.utils.translation import gettext_lazy as _

from segments.export.targets import Target, TargetColumn, accounts_with_address

WOOCOMMERCE_FIELD = Target(
    "woocommerce",
    "WooCommerce",
    (
        TargetColumn("user_email", "customer__email"),
        TargetColumn("first_name", "customer__first_name"),
        TargetColumn("last_name", "customer__last_name"),
    ),
    "tranche_segment",
    accounts_with_address,
    _("accounts with an address, with the user's field “tranche_segment”"),
)
