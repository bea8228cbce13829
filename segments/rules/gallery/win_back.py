"""Templates: former customers."""

from django.utils.translation import gettext_lazy as _

from segments.rules.gallery.template import Group, Template, all_of, condition, rows

WIN_BACK = Group(
    "win-back",
    _("Win back"),
    (
        Template(
            "at-risk",
            _("At risk"),
            _("Used to buy again and again, but not for the last six months to two years."),
            _("Say that they are missed, and give a reason to come back soon."),
            all_of(
                condition("lifetime.number_of_orders", "gte", 3),
                condition("activity.days_since_last_order", "between", [181, 730]),
            ),
        ),
        Template(
            "lost-big-spenders",
            _("Lost big spenders"),
            _("Bought for 500 or more altogether, but not for half a year."),
            _("Few, and worth a letter or a call by somebody who knows them."),
            all_of(
                condition("lifetime.sales", "gte", "500"),
                condition("activity.days_since_last_order", "gt", 180),
            ),
        ),
        Template(
            "best-who-stopped",
            _("Best customers who stopped"),
            _("Among the tenth that has spent the most, but not for more than 90 days."),
            _("Call them, or write by hand: they are few, and worth more than many new ones."),
            all_of(
                condition("segment", "is", "top-tenth"),
                condition("activity.days_since_last_order", "gt", 90),
            ),
            needs=("top-tenth",),
        ),
        Template(
            "lapsed-regulars",
            _("Lapsed regulars"),
            _(
                "Bought in each of three months in a row, but not since the beginning of last"
                " month."
            ),
            _("Something has changed for them: ask what, before they are used to another shop."),
            all_of(rows("sales", "stopped", periods={"unit": "month", "count": 3})),
        ),
        Template(
            "at-risk-for-30-days",
            _("At risk for 30 days"),
            _("Has been in the segment “At risk” for 30 days or more, and is still in it."),
            _("The first reminder has not worked: a better offer now, or another way than mail."),
            all_of(
                rows(
                    "stays",
                    "exists",
                    condition("stay.segment", "is", "at-risk"),
                    condition("stay.left_at", "is_empty"),
                    condition("stay.days", "gte", 30),
                )
            ),
            needs=("at-risk",),
        ),
        Template(
            "gone-for-a-year",
            _("Gone for a year"),
            _("Bought once or more, the last time more than a year ago."),
            _("One last, good offer; customers who do not answer get fewer mails."),
            all_of(condition("activity.days_since_last_order", "gt", 365)),
        ),
        Template(
            "looks-again",
            _("Looks again"),
            _("Has not bought for half a year, but looked at products in the last 14 days."),
            _("They are there now: show what they looked at, with a welcome back."),
            all_of(
                condition("activity.days_since_last_order", "gt", 180),
                condition("views.days_since_last", "lte", 14),
            ),
        ),
        Template(
            "logs-in-buys-nothing",
            _("Logs in, buys nothing"),
            _("Logged in within the last 30 days, but bought for the last time 90 days ago."),
            _("Something keeps them from buying: price, stock, shipping. Ask."),
            all_of(
                condition("activity.days_since_last_login", "lte", 30),
                condition("activity.days_since_last_order", "gt", 90),
            ),
        ),
        Template(
            "back-again",
            _("Back again"),
            _("Bought within the last 30 days, after a year or more without."),
            _("Welcome them back, and see to it that the next order comes sooner."),
            all_of(
                rows("sales", "exists", condition("order.created_at", "in_last_days", 30)),
                rows(
                    "sales",
                    "not_exists",
                    condition("order.created_at", "more_than_days_ago", 30),
                    condition("order.created_at", "in_last_days", 395),
                ),
                rows("sales", "exists", condition("order.created_at", "more_than_days_ago", 395)),
            ),
        ),
        Template(
            "inactive-for-half-a-year",
            _("Inactive for half a year"),
            _("Neither logged in nor ordered for 180 days."),
            _("A short mail with what has changed; then leave them in peace for a while."),
            all_of(condition("activity.days_inactive", "gt", 180)),
        ),
    ),
)
