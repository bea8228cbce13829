"""Templates: the most valuable customers, and signs that they may leave."""

from django.utils.translation import gettext_lazy as _

from segments.rules.gallery.template import Group, Template, all_of, condition, rows

KEEP = Group(
    "keep",
    _("Keep"),
    (
        Template(
            "best-customers",
            _("Best customers"),
            _("Five orders or more, for 500 or more altogether, the last of them within a year."),
            _("Thank them: early access, a gift with the order, an open ear."),
            all_of(
                condition("lifetime.sales", "gte", "500"),
                condition("lifetime.number_of_orders", "gte", 5),
                condition("activity.days_since_last_order", "lte", 365),
            ),
        ),
        Template(
            "top-tenth",
            _("Top 10% by spending"),
            _("The tenth of the customers that has spent the most."),
            _("Your best, however large the shop becomes: ask them first, thank them first."),
            all_of(condition("lifetime.sales", "in_top_percent", "10")),
        ),
        Template(
            "big-spenders-this-year",
            _("Big spenders of this year"),
            _("Bought for 500 or more since the first of January."),
            _("Keep them for the rest of the year: an invitation, a better service."),
            all_of(
                rows(
                    "sales",
                    "sum",
                    condition("order.created_at", "in_period", "this_year"),
                    of="order.grand_total",
                    operator="gte",
                    value="500",
                )
            ),
        ),
        Template(
            "regulars",
            _("Regulars"),
            _("Bought three times or more within the last 180 days."),
            _("A programme for regulars, or a subscription of what they buy anyway."),
            all_of(
                rows(
                    "sales",
                    "count",
                    condition("order.created_at", "in_last_days", 180),
                    operator="gte",
                    value=3,
                )
            ),
        ),
        Template(
            "later-than-usual",
            _("Later than usual"),
            _(
                "Buys at regular intervals, but has waited one and a half times as long as usual;"
                " not yet for a year."
            ),
            _("A reminder now works better than a discount in half a year."),
            all_of(
                condition("lifetime.number_of_orders", "gte", 3),
                condition(
                    "activity.days_since_last_order",
                    "gt",
                    {"attribute": "activity.average_days_between_orders", "times": "1.5"},
                ),
                condition("activity.days_since_last_order", "lte", 365),
            ),
        ),
        Template(
            "pays-full-price",
            _("Pays the full price"),
            _("Bought twice or more, and never with a coupon."),
            _("Leave them out of discounts; tell them what is new instead."),
            all_of(
                condition("lifetime.number_of_orders", "gte", 2),
                rows("sales", "every", condition("order.coupon_code", "is_empty")),
            ),
        ),
        Template(
            "buys-with-coupons",
            _("Buys with coupons"),
            _("Used a coupon in two orders or more."),
            _("Send them the coupon, and nobody who would buy without it."),
            all_of(
                rows(
                    "sales",
                    "count",
                    condition("order.coupon_code", "is_not_empty"),
                    operator="gte",
                    value=2,
                )
            ),
        ),
        Template(
            "refund-lately",
            _("Refund lately"),
            _("Got money back within the last 30 days."),
            _("Ask what went wrong before the next mail asks them to buy."),
            all_of(rows("refunds", "exists", condition("refund.created_at", "in_last_days", 30))),
        ),
        Template(
            "many-refunds",
            _("Many refunds"),
            _("Three or more credit notes within a year."),
            _("Look at what they send back and why: sizes, pictures, descriptions."),
            all_of(
                rows(
                    "refunds",
                    "count",
                    condition("refund.created_at", "in_last_days", 365),
                    operator="gte",
                    value=3,
                )
            ),
        ),
        Template(
            "last-order-canceled",
            _("Last order canceled"),
            _("The latest order was canceled, within the last 60 days."),
            _("Find out why: out of stock, payment failed, changed their mind."),
            all_of(
                rows(
                    "orders",
                    "latest",
                    condition("order.created_at", "in_last_days", 60),
                    of="order.state",
                    operator="is",
                    value="canceled",
                )
            ),
        ),
    ),
)
