"""The six designs."""

from collections.abc import Iterator, Mapping

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from campaigns.designs.design import Design, button, code, heading, only_with, repeat_block, text

# Translators: what stands in double braces stays as it is, but for the words in quotes.
HELLO = _('Hello {{ customer.first_name|default:"there" }},')
GOODBYE = _("See you soon, {{ brand.name }}")
# What the merchant writes in place of these is the mail.
WHAT_IS_NEW = _("Write here what is new, in two or three sentences.")
WHY_VISIT = _("Write here why it is worth a visit.")

DESIGNS: Mapping[str, Design] = {
    one.code: one
    for one in (
        Design(
            "news",
            _("News"),
            _("Tell your customers what is new: a heading, a text, one button."),
            _("What is new at {{ brand.name }}"),
            _("New arrivals, picked for you"),
            (
                heading(_("What is new at {{ brand.name }}")),
                text(HELLO),
                text(WHAT_IS_NEW),
                button(_("Look at what is new")),
                text(GOODBYE),
            ),
        ),
        Design(
            "welcome",
            _("Welcome"),
            _("Greet new customers after they have registered or subscribed."),
            _("Welcome to {{ brand.name }}"),
            _("Good to have you here"),
            (
                heading(_("Welcome!")),
                text(HELLO),
                text(_("Thank you for joining us. Here is where most customers begin:")),
                button(_("Look around")),
                text(_("If you have a question, just answer this mail.")),
                text(GOODBYE),
            ),
        ),
        Design(
            "win-back",
            _("We miss you"),
            _("Win back customers who have not ordered for a while."),
            _("We have not seen you for a while"),
            _("A lot has changed since your last visit"),
            (
                heading(_("We miss you")),
                text(HELLO),
                text(_("Your last order was some time ago.")),
                text(WHY_VISIT),
                button(_("Visit the shop")),
                text(GOODBYE),
            ),
        ),
        Design(
            "coupon",
            _("Coupon"),
            _("Give each recipient a code of their own; the campaign needs a price rule for it."),
            _("{{ coupon.discount_text }} for you"),
            _("Your own code is in this mail"),
            (
                heading(_("{{ coupon.discount_text }} for you")),
                text(HELLO),
                text(_("Type this code at the checkout:")),
                code("<strong>{{ coupon.code }}</strong>"),
                only_with(
                    _("It is valid until {{ coupon.expires_formatted }}."),
                    "coupon.expires_formatted",
                ),
                button(_("Use it now")),
                text(GOODBYE),
            ),
        ),
        Design(
            "cart",
            _("Left in the cart"),
            _("Remind customers of a cart that they have not ordered."),
            _("You left something in your cart"),
            _("It is still there"),
            (
                heading(_("Your cart is waiting")),
                text(HELLO),
                text(_("You have put something into your cart and not ordered it yet.")),
                button(_("Back to the cart")),
                text(_("If something was unclear, just answer this mail.")),
                text(GOODBYE),
            ),
        ),
        Design(
            "products",
            _("Picked for you"),
            _("Show each recipient the products that fit them best."),
            _("Picked for you at {{ brand.name }}"),
            _("Products that go well with what you bought"),
            (
                heading(_("Picked for you")),
                text(HELLO),
                text(_("These may be something for you:")),
                repeat_block("<strong>{{ one.name }}</strong> {{ one.price }}", "recommendations"),
                button(_("See more")),
                text(GOODBYE),
            ),
        ),
    )
}


def unwritten_texts(html: str) -> Iterator[str]:
    """Yield the texts in `html` that a design, in any language, asks the merchant to replace."""
    for language, _name in settings.LANGUAGES:
        with override(language):
            texts = [str(one) for one in (WHAT_IS_NEW, WHY_VISIT)]
        yield from (one for one in texts if one in html)
