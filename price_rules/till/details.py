"""Explain to the merchant in a sentence why a rule was not applied."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions import registry
from conditions.errors import InvalidTree
from core.text.formats import day_shown, in_quotes, money_shown
from price_rules.models import Action, CartPriceRule
from price_rules.till.amounts import UNITS_PER_ONE, amount_of
from price_rules.till.reasons import Reason, Till, lines_meant
from price_rules.trees import LINES, conditions_of, lines_of
from segments.models import Segment
from segments.rules.website_limits.websites import seen_by


def detail_of(rule: CartPriceRule, reason: Reason, till: Till, stopped_by: str) -> str:
    """Return the sentence; `stopped_by` is the code of the rule that ended the evaluation."""
    code = till.cart.given.cart.coupon_code or ""
    match reason:
        case Reason.INACTIVE:
            return _("The rule is not active.")
        case Reason.OTHER_WEBSITE:
            return _("The cart is of the website “%(website)s”; the rule is for %(websites)s.") % {
                "website": till.website,
                "websites": ", ".join(rule.websites),
            }
        case Reason.OTHER_GROUP:
            return _("The rule is for the customer groups %(groups)s.") % {
                "groups": ", ".join(rule.customer_groups)
            }
        case Reason.NOT_STARTED:
            return _("The rule starts on %(day)s.") % {"day": _day(rule.starts_on)}
        case Reason.ENDED:
            return _("The rule ended on %(day)s.") % {"day": _day(rule.ends_on)}
        case Reason.COUPON_MISSING:
            return _("The rule needs a coupon; the cart has none.")
        case Reason.COUPON_OTHER:
            return _("“%(code)s” is no coupon of this rule.") % {"code": code}
        case Reason.USED_UP:
            return _("“%(code)s” has been used as often as it may be.") % {"code": code}
        case Reason.USED_UP_BY_CUSTOMER:
            return _("The customer has used coupons of this rule as often as one may.")
        case Reason.NOT_OWN_COUPON:
            return _("“%(code)s” was issued to another customer.") % {"code": code}
        case Reason.EXPIRED_COUPON:
            return _("“%(code)s” has expired.") % {"code": code}
        case Reason.SEGMENT:
            return _segment_words(rule, till)
        case Reason.CONDITIONS:
            return _("The shopper is not among these: %(sentence)s") % {"sentence": _sentence(rule)}
        case Reason.MIN_SUBTOTAL:
            assert rule.min_subtotal is not None
            return _("The subtotal is %(subtotal)s; the rule needs %(least)s.") % {
                "subtotal": money_shown(amount_of(till.cart.subtotal)),
                "least": money_shown(rule.min_subtotal),
            }
        case Reason.NO_LINES:
            return _no_lines(rule)
        case Reason.NOTHING_LEFT:
            return _nothing_left(rule, till)
        case _stopped:
            return _("“%(rule)s” was applied, after which no further rules are.") % {
                "rule": stopped_by
            }


def segment_names(user: Any, codes: Collection[str] | None = None) -> dict[str, str]:
    """Return the names of the segments that `user` may see, by code; `codes` None: of all.

    {} without a user, and for one who may not view segments: they read the codes.
    """
    if user is None or not user.has_perm("segments.view_segment"):
        return {}
    segments = seen_by(Segment.objects.all(), user)
    if codes is not None:
        segments = segments.filter(code__in=codes)
    return dict(segments.values_list("code", "name"))


def _day(day: date | None) -> str:
    return day_shown(day) if day else ""


def _segment_words(rule: CartPriceRule, till: Till) -> str:
    if not till.shopper.is_customer:
        return _("Nobody is logged in, and the rule asks for segments.")
    asked = rule.segments or {}
    words = {
        "is": _("The customer is not in %(segments)s."),
        "is_one_of": _("The customer is in none of %(segments)s."),
        "is_not": _("The customer is in %(segments)s."),
        "is_not_one_of": _("The customer is in one of %(segments)s."),
    }
    names = (till.segment_names.get(code, code) for code in asked["segments"])
    return words[asked["operator"]] % {"segments": ", ".join(in_quotes(one) for one in names)}


def _sentence(rule: CartPriceRule) -> str:
    try:
        return conditions_of(rule.conditions, stored=True).sentence()
    except InvalidTree as error:
        return str(error)


def _nothing_left(rule: CartPriceRule, till: Till) -> str:
    lines = lines_meant(rule, till)
    if not any(line.remaining > 0 for line in lines):
        # The contract only asks whether any amount remains; merchants want to know why none does.
        is_taken = any(line.row_total > 0 for line in lines)
        return (
            _("Earlier rules have already taken the whole price.")
            if is_taken
            else _("The lines that the rule is about cost nothing.")
        )
    most = max(line.quantity for line in lines) // UNITS_PER_ONE
    if rule.action == Action.BUY_X_GET_Y and most <= (rule.buy or 0):
        missing = (rule.buy or 0) + 1 - most
        return ngettext(
            "The customer has to buy %(missing)d more piece of the same line.",
            "The customer has to buy %(missing)d more pieces of the same line.",
            missing,
        ) % {"missing": missing}
    return _("There was nothing left that the rule could give.")


def _no_lines(rule: CartPriceRule) -> str:
    if rule.items is None:
        return _("The cart has no lines.")
    try:
        sentence = lines_of(rule.items, stored=True).words(registry.relation(LINES))
    except InvalidTree as error:
        sentence = str(error)
    return _("The cart has no line left that is %(lines)s.") % {"lines": sentence}
