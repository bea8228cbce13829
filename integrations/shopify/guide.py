"""Where Shopify's admin exports the files that an import reads."""

from django.utils.translation import gettext_lazy as _

from integrations.shops.files.layouts import ExportGuide

GUIDES = (
    ExportGuide(
        "Shopify",
        (
            _("Orders: Orders → Export → “All orders”, “Plain CSV file”."),
            _("Customers: Customers → Export → “All customers”. This file has the consents."),
            _("Products: Products → Export → “All products”. They bring the categories."),
            _("Of large exports Shopify sends a link by e-mail."),
        ),
    ),
)
