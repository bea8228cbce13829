"""Templates: events of each year."""

from django.utils.translation import gettext_lazy as _

from segments.rules.gallery.template import Group, Template, all_of, condition, rows

SEASON = Group(
    "season",
    _("Season"),
    (
        Template(
            "birthday-soon",
            _("Birthday soon"),
            _("Has a birthday within the next seven days."),
            _("Congratulate them on the day, with a small present in the shop."),
            all_of(condition("customer.date_of_birth", "anniversary_in_next_days", 7)),
        ),
        Template(
            "customer-anniversary",
            _("Anniversary as a customer"),
            _("Registered a year ago, or two, or more, to the day, within the next seven days."),
            _("Thank them for the years; most shops forget it."),
            all_of(
                condition("customer.registered_at", "anniversary_in_next_days", 7),
                condition("customer.days_since_registration", "gte", 300),
            ),
        ),
        Template(
            "this-time-last-year",
            _("This time last year"),
            _("Bought eleven to thirteen months ago, and not in the last 90 days."),
            _("Customers who bought for this season last time are about to need it again."),
            all_of(
                rows(
                    "sales",
                    "exists",
                    condition("order.created_at", "more_than_days_ago", 334),
                    condition("order.created_at", "in_last_days", 395),
                ),
                rows("sales", "not_exists", condition("order.created_at", "in_last_days", 90)),
            ),
        ),
        Template(
            "last-quarter-not-this",
            _("Last quarter, not this one"),
            _("Bought in the last quarter, but not yet in this one."),
            _("A reminder of the new season’s products before the quarter is over."),
            all_of(
                rows("sales", "exists", condition("order.created_at", "in_period", "last_quarter")),
                rows(
                    "sales",
                    "not_exists",
                    condition("order.created_at", "in_period", "this_quarter"),
                ),
            ),
        ),
        Template(
            "new-this-year",
            _("New this year"),
            _("Bought for the first time since the first of January."),
            _("Look back on the first year together, at its end or at its anniversary."),
            all_of(condition("activity.first_order_at", "in_period", "this_year")),
        ),
        Template(
            "gives-presents",
            _("Gives presents"),
            _("Had an order sent to another country than that of the bill."),
            _("Offer wrapping and a card, in good time before the holidays."),
            all_of(
                rows(
                    "sales",
                    "exists",
                    condition("order.shipping_country", "is_not_empty"),
                    condition("order.billing_country", "is_not_empty"),
                    condition(
                        "order.shipping_country",
                        "is_not",
                        {"attribute": "order.billing_country"},
                    ),
                )
            ),
        ),
    ),
)
