"""Templates: customers who should get mail, and customers who should not."""

from django.utils.translation import gettext_lazy as _

from segments.models import AppliesTo
from segments.rules.gallery.template import Group, Template, all_of, condition, rows

HYGIENE = Group(
    "email-hygiene",
    _("E-mail hygiene"),
    (
        Template(
            "active-subscribers",
            _("Active subscribers"),
            _("Receives the newsletter, and logged in or ordered within the last 90 days."),
            _("The safest list to send to, and the one to try something new on."),
            all_of(
                condition("newsletter.status", "is", "subscribed"),
                condition("activity.days_inactive", "lte", 90),
            ),
        ),
        Template(
            "new-subscribers",
            _("New subscribers"),
            _("Subscribed to the newsletter within the last 30 days."),
            _("A series of welcome mails, before the usual ones begin."),
            all_of(
                rows(
                    "newsletter",
                    "exists",
                    condition("newsletter.status", "is", "subscribed"),
                    condition("newsletter.status_changed_at", "in_last_days", 30),
                )
            ),
        ),
        Template(
            "silent-subscribers",
            _("Silent subscribers"),
            _("Receives the newsletter, but has neither logged in nor ordered for a year."),
            _("Ask once whether they still want it; else take them off, mail arrives better."),
            all_of(
                condition("newsletter.status", "is", "subscribed"),
                condition("activity.days_inactive", "gt", 365),
            ),
        ),
        Template(
            "unconfirmed-subscribers",
            _("Unconfirmed subscribers"),
            _("Asked for the newsletter, but has not confirmed it."),
            _("Remind them once to confirm. Until then they get nothing else."),
            all_of(condition("newsletter.status", "is", "unconfirmed")),
        ),
        Template(
            "unsubscribed-but-buying",
            _("Unsubscribed, but buying"),
            _("Left the newsletter, and ordered within the last 180 days."),
            _("No newsletter: a slip in the parcel, or a note at the checkout instead."),
            all_of(
                condition("newsletter.status", "is", "unsubscribed"),
                condition("activity.days_since_last_order", "lte", 180),
            ),
        ),
        Template(
            "consent-without-newsletter",
            _("Accepts marketing, no newsletter"),
            _("Accepts marketing, but does not receive the newsletter."),
            _("Offer it: they have nothing against mail, and nobody has asked."),
            all_of(
                condition("customer.accepts_marketing", "is", True),
                condition("newsletter.status", "is_not", "subscribed"),
            ),
        ),
        Template(
            "buys-without-consent",
            _("Buys, does not accept marketing"),
            _("Ordered within the last 90 days, and does not accept marketing."),
            _("Only mails about the order; at the checkout one may ask for consent."),
            all_of(
                condition("customer.accepts_marketing", "is_not", True),
                condition("activity.days_since_last_order", "lte", 90),
            ),
        ),
        Template(
            "no-email-address",
            _("No e-mail address"),
            _("A customer, with an account or without, whose e-mail address is not known."),
            _("Ask for it with the next order, or write a letter."),
            all_of(condition("customer.email", "is_empty")),
            applies_to=AppliesTo.BOTH,
        ),
    ),
)
