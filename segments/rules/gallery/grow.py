"""Templates: more from those who are there."""

from django.utils.translation import gettext_lazy as _

from segments.models import AppliesTo
from segments.rules.gallery.template import Group, Template, all_of, condition, rows

GROW = Group(
    "grow",
    _("Grow"),
    (
        Template(
            "new-customers",
            _("New customers"),
            _("Registered within the last 30 days."),
            _("Welcome them, and say what the shop is good at, before they forget it."),
            all_of(condition("customer.registered_at", "in_last_days", 30)),
        ),
        Template(
            "registered-never-ordered",
            _("Registered, never ordered"),
            _("Registered eight to 90 days ago and has not ordered yet."),
            _("Ask what is missing, or make the first order easy: free shipping, a small gift."),
            all_of(
                condition("customer.days_since_registration", "between", [8, 90]),
                rows("orders", "not_exists"),
            ),
        ),
        Template(
            "subscribed-never-ordered",
            _("Subscribed but never ordered"),
            _("Receives the newsletter, but has not ordered yet."),
            _("An offer for the first order, in the mail that they read anyway."),
            all_of(
                condition("newsletter.status", "is", "subscribed"),
                rows("orders", "not_exists"),
            ),
        ),
        Template(
            "first-order-lately",
            _("First order lately"),
            _("Bought for the first time, a week to 30 days ago, and only once."),
            _("Ask how it was, and show what goes with it: now the second order is near."),
            all_of(
                condition("lifetime.number_of_orders", "is", 1),
                condition("activity.days_since_last_order", "between", [7, 30]),
            ),
        ),
        Template(
            "second-order-soon",
            _("Second order within 30 days"),
            _("Bought again within 30 days of the first order."),
            _("They like the shop: show the range, and what only regulars get."),
            all_of(
                {
                    "steps": [
                        {"relation": "sales", "only": "first"},
                        {"relation": "sales", "within_days": 30},
                    ]
                }
            ),
        ),
        Template(
            "one-time-buyers",
            _("One-time buyers"),
            _("Bought exactly once, and that was more than 60 days ago."),
            _("A reason to come back: what is new, or what others buy next."),
            all_of(
                condition("lifetime.number_of_orders", "is", 1),
                condition("activity.days_since_last_order", "gt", 60),
            ),
        ),
        Template(
            "abandoned-cart",
            _("Abandoned cart"),
            _("Left products in the cart more than an hour and up to 14 days ago."),
            _("Remind them of the cart, with its products in the mail."),
            all_of(
                rows(
                    "carts",
                    "exists",
                    condition("cart.items_count", "gte", 1),
                    condition("cart.updated_at", "more_than_hours_ago", 1),
                    condition("cart.updated_at", "in_last_days", 14),
                )
            ),
        ),
        Template(
            "abandoned-large-cart",
            _("Abandoned large cart"),
            _("Left a cart worth 100 or more between one and 30 days ago."),
            _("Worth a personal mail, or a call: ask whether a question is open."),
            all_of(
                rows(
                    "carts",
                    "exists",
                    condition("cart.grand_total", "gte", "100"),
                    condition("cart.updated_at", "more_than_hours_ago", 24),
                    condition("cart.updated_at", "in_last_days", 30),
                )
            ),
        ),
        Template(
            "viewed-not-bought",
            _("Viewed but not bought"),
            _("Looked at products within the last 14 days, but has not bought in the last 30."),
            _("Show the products that they looked at, and what is like them."),
            all_of(
                rows(
                    "product_views",
                    "exists",
                    condition("product_view.viewed_at", "in_last_days", 14),
                ),
                rows("sales", "not_exists", condition("order.created_at", "in_last_days", 30)),
            ),
        ),
        Template(
            "looked-three-times",
            _("Looked three times, not bought"),
            _(
                "Looked at products three times or more within 14 days, and did not order within a"
                " day after one of the later times."
            ),
            _("They are nearly there: answer the open question, or say what is nearly sold out."),
            all_of(
                {
                    "steps": [
                        {
                            "relation": "product_views",
                            **all_of(condition("product_view.viewed_at", "in_last_days", 14)),
                        },
                        {"relation": "product_views"},
                        {"relation": "product_views"},
                        {"relation": "sales", "within_days": 1, "not": True},
                    ]
                }
            ),
        ),
        Template(
            "wish-list-no-order",
            _("Wish list and no order"),
            _("Wished for products, but has never bought any."),
            _("Tell them when a wished product costs less, or is nearly sold out."),
            all_of(
                condition("wishlist.items_count", "gte", 1),
                condition("lifetime.number_of_orders", "is", 0),
            ),
        ),
        Template(
            "high-average-order",
            _("High average order"),
            _("Bought twice or more, for 150 or more each time on average."),
            _("Show the better products first; a discount would only cost money."),
            all_of(
                condition("lifetime.number_of_orders", "gte", 2),
                condition("lifetime.average_order_value", "gte", "150"),
            ),
        ),
        Template(
            "buys-little-of-the-range",
            _("Buys little of the range"),
            _("Bought three times or more, but no more than five different products."),
            _("Show what they do not know yet: other categories, sets, a sample."),
            all_of(
                condition("lifetime.number_of_orders", "gte", 3),
                condition("lifetime.distinct_products", "lte", 5),
            ),
        ),
        Template(
            "half-for-a-test",
            _("A random half"),
            _("Half of all customers, drawn by chance; everybody stays in their half."),
            _("Try something with this half, and compare it with the other."),
            all_of(condition("customer.part", "is_in", {"salt": "half-for-a-test", "to": "50"})),
        ),
        Template(
            "guests-who-ordered",
            _("Guests who ordered"),
            _("Ordered within the last 180 days without an account."),
            _("Invite them to register: orders at a glance, faster next time."),
            all_of(condition("activity.days_since_last_order", "lte", 180)),
            applies_to=AppliesTo.GUEST,
        ),
    ),
)
