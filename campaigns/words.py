"""Why a campaign is not sent, and what became of a message, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Message, MessageReason, Reason

NO_ADDRESS = gettext_lazy("This is no e-mail address: write one such as name@example.com.")
NOT_SENT = {
    "no_audience": gettext_lazy("Nobody would get it: its segments have no members who may."),
    "audience_changed": gettext_lazy("The number of recipients is another by now."),
    "sender_missing": gettext_lazy("A store has no sender with an address and a postal address."),
    "public_url_missing": gettext_lazy("PUBLIC_URL is not set: the links of a mail need a host."),
    "rule_inactive": gettext_lazy("The price rule of its coupons is not active."),
    "rule_ended": gettext_lazy("The price rule of its coupons has ended: they would do nothing."),
    "rule_not_started": gettext_lazy(
        "The price rule of its coupons starts later: they would do nothing yet."
    ),
    "rule_without_coupons": gettext_lazy(
        "The price rule of its coupons does not generate coupons any more."
    ),
    "rule_used_up": gettext_lazy(
        "The price rule of its coupons is used up: they would do nothing."
    ),
    "rule_without_members": gettext_lazy(
        "Nobody can use the coupons of its price rule: the segments of the rule are not active."
    ),
    "coupon_without_rule": gettext_lazy(
        "Its template shows a coupon, but no price rule is chosen that gives one: choose one, or "
        "take the coupon out of the template."
    ),
    "empty_coupon_name": gettext_lazy(
        "Nobody would get it: its template shows something of a coupon that is empty for every "
        "coupon of its price rule. Fill it in at the price rule, or give the name a default."
    ),
    "no_usable_coupon": gettext_lazy(
        "Nobody would get it: none of those who may get mail can use a coupon of its price rule."
    ),
    "experiment_not_running": gettext_lazy(
        "Its experiment is not running: start it if it is a draft, or choose another or none in "
        "the campaign."
    ),
    "changed_since_scheduled": gettext_lazy(
        "It was changed after it was scheduled, and is a draft again: look at who gets it, and "
        "schedule it once more."
    ),
    "not_enter": gettext_lazy("It follows leaving: no member is started."),
    "sequence_inactive": gettext_lazy("The sequence is not active."),
    "segment_inactive": gettext_lazy("The segment is not active: it has no members."),
    "changed": gettext_lazy("Somebody else has changed or started it meanwhile."),
    "mail_changed": gettext_lazy("Its mail was changed meanwhile: look at it again."),
    "refused": gettext_lazy("The mail server refused ten messages in a row."),
    "login": gettext_lazy("The mail server refused the log-in."),
}


def refusal_text(code: str) -> str:
    """Return the sentence for why a campaign is not sent, or was paused automatically."""
    return str(NOT_SENT.get(code, _("It was paused.")))


def reason_text(reason: str) -> str:
    """Return a reason against a customer or a message in words; "" for none."""
    return str(dict([*Reason.choices, *MessageReason.choices]).get(reason, reason))


def reason_counts_texts(numbers: Mapping[str, int], elsewhere: int = 0) -> list[tuple[str, int]]:
    """Return the number for each reason, in words.

    `elsewhere` of the customers who are not subscribed are subscribed in another store.
    """
    found = []
    for reason, number in numbers.items():
        rest = number - elsewhere if reason == Reason.NOT_SUBSCRIBED else number
        if rest:
            found.append((reason_text(reason), rest))
        if rest != number:
            found.append((_("subscribed in another store only"), elsewhere))
    return found


def sender_label(message: Message) -> str:
    """Return the name of the campaign or sequence of `message`, or another tool's code."""
    other = message.external_campaign or message.external_sequence
    return str(message.campaign or message.sequence or other or message.get_kind_display())
