"""The file by which Magento notes a segment's members; "Customers Main File" takes it."""

from django.utils.translation import gettext_lazy as _

from segments.export.targets import Target, TargetColumn, accounts_with_address

MAGENTO_ATTRIBUTE = Target(
    "magento",
    "Magento 2",
    (
        TargetColumn("email", "customer__email"),
        TargetColumn("_website", "customer__website__code"),
        TargetColumn("_store", "customer__store__code"),
        TargetColumn("firstname", "customer__first_name"),
        TargetColumn("lastname", "customer__last_name"),
    ),
    "tranche_segment",
    accounts_with_address,
    _("accounts with an address, with the attribute “tranche_segment”"),
)
