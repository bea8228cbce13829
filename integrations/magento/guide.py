"""Where Magento's admin exports the files that an import reads."""

from django.utils.translation import gettext_lazy as _

from integrations.shops.files.layouts import ExportGuide

DATABASE = _(
    "Better: let the administrator of Tranche read the shop's database. It has what files lack: the"
    " lines of orders, coupons, carts, wishlists, newsletter subscriptions."
)
GUIDES = (
    ExportGuide(
        _("Magento 2, Adobe Commerce"),
        (
            _("Customers: System → Data Transfer → Export → Entity Type “Customers Main File”."),
            _("Addresses: the same page, Entity Type “Customer Addresses”."),
            _("Products: the same page, Entity Type “Products”."),
            _("Orders: Sales → Orders → Export → CSV. This file has totals, but no lines."),
            DATABASE,
        ),
    ),
    ExportGuide(
        _("Maho, OpenMage, Magento 1"),
        (
            _("Customers: System → Import/Export → Export → Entity Type “Customers”."),
            _("Products: the same page, Entity Type “Products”."),
            _("Orders: their export is not read; orders come from the database."),
            DATABASE,
        ),
    ),
)
