"""What an export of any other shop needs to have."""

from django.utils.translation import gettext_lazy as _

from integrations.shops.files.layouts import ExportGuide

GUIDES = (
    ExportGuide(
        _("Another shop"),
        (
            _(
                "A file with a row for each line of an order, and columns called for instance"
                " order_id, customer_id, order_date, sku, product_name, quantity, price."
            ),
            _("Dates as 2026-03-31 or 2026-03-31 14:05: others could be read in two ways."),
        ),
    ),
)
