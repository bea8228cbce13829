"""What an export of any other shop needs to have."""

from django.utils.translation import gettext_lazy as _

from integrations.shops.files.layouts import ExportGuide

GUIDES = (
    ExportGuide(
        _("Another shop"),
        (
            _(
                "A file (CSV or Excel) with a row for each order, or for each product in an order."
                " It needs the customer’s number or e-mail address, the date, and the product or"
                " the amount."
            ),
            _(
                "Columns called for instance order_id, customer_id, order_date, sku, product_name,"
                " quantity, price are recognised. What other columns mean, also which one has the"
                " e-mail addresses, you choose after the upload."
            ),
            _(
                "Dates as 2026-03-31 or 2026-03-31 14:05 are recognised. For others, such as"
                " 31.03.2026, you choose after the upload how they are written."
            ),
        ),
    ),
)
