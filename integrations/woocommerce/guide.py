"""Where WooCommerce's admin exports the files that an import reads."""

from django.utils.translation import gettext_lazy as _

from integrations.shops.files.layouts import ExportGuide

GUIDES = (
    ExportGuide(
        "WooCommerce",
        (
            _(
                "Orders: WooCommerce itself exports none with their lines. Install the free plugin"
                " “Order Export & Order Import for WooCommerce” by WebToffee, then"
                " WebToffee Import Export → Export → “Order”, format CSV."
            ),
            _(
                "Customers: the plugin “Import and Export Users and Customers” by WebToffee, then"
                " Export → “User/Customer”. Or, without addresses: Analytics → Customers →"
                " Download."
            ),
            _("Products: Products → All Products → Export → Generate CSV."),
            _("Analytics → Orders → Download is refused: it has no e-mail addresses and no lines."),
        ),
    ),
)
