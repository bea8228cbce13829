"""Templates: companies."""

from django.utils.translation import gettext_lazy as _

from segments.rules.gallery.template import Group, Template, all_of, condition, rows

B2B = Group(
    "b2b",
    _("B2B"),
    (
        Template(
            "companies",
            _("Companies"),
            _("Has an address with a company’s name."),
            _("Prices without tax, invoices, somebody to talk to."),
            all_of(condition("address.company", "is_not_empty")),
        ),
        Template(
            "companies-never-ordered",
            _("Companies that never ordered"),
            _("Has an address with a company’s name, and has not ordered yet."),
            _("A call: they registered for a reason."),
            all_of(
                condition("address.company", "is_not_empty"),
                rows("orders", "not_exists"),
            ),
        ),
        Template(
            "companies-gone-quiet",
            _("Companies gone quiet"),
            _("A company that ordered before, but not for 90 days."),
            _("Ask whether the buyer has changed; an offer for what they used to order."),
            all_of(
                condition("address.company", "is_not_empty"),
                condition("activity.days_since_last_order", "gt", 90),
            ),
        ),
        Template(
            "bulk-buyers",
            _("Bulk buyers"),
            _("Ordered 20 pieces or more at once, within a year."),
            _("Prices by quantity, pallets, a standing order."),
            all_of(
                rows(
                    "sales",
                    "exists",
                    condition("order.total_quantity", "gte", "20"),
                    condition("order.created_at", "in_last_days", 365),
                )
            ),
        ),
        Template(
            "large-orders",
            _("Large orders"),
            _("Placed an order of 500 or more within a year."),
            _("Payment by invoice, and somebody who asks whether all went well."),
            all_of(
                rows(
                    "sales",
                    "exists",
                    condition("order.grand_total", "gte", "500"),
                    condition("order.created_at", "in_last_days", 365),
                )
            ),
        ),
        Template(
            "orders-every-month",
            _("Orders every month"),
            _("Ordered four times or more, 35 days apart or less on average, lately too."),
            _("A standing order saves both sides work."),
            all_of(
                condition("lifetime.number_of_orders", "gte", 4),
                condition("activity.average_days_between_orders", "lte", "35"),
                condition("activity.days_since_last_order", "lte", 60),
            ),
        ),
        Template(
            "several-addresses",
            _("Several addresses"),
            _("Has two addresses or more, and ordered three times or more."),
            _("Branches, or people who order for others: ask who else there is."),
            all_of(
                rows("addresses", "count", operator="gte", value=2),
                condition("lifetime.number_of_orders", "gte", 3),
            ),
        ),
    ),
)
