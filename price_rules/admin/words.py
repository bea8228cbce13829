"""Texts that describe a rule: its discount, its requirements and its days."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text.formats import day_shown, in_quotes, money_shown, number_shown
from price_rules.models import Action, CartPriceRule, CouponKind


def gives(rule: CartPriceRule) -> str:
    """Return the discount of `rule` in words, such as “10% off each line, free shipping”."""
    value = "" if rule.value is None else number_shown(rule.value)
    money = "" if rule.value is None else money_shown(rule.value)
    words = {
        Action.PERCENT: _("%(value)s%% off each line") % {"value": value},
        Action.FIXED_EACH: _("%(value)s off each piece") % {"value": money},
        Action.FIXED_CART: _("%(value)s off the cart") % {"value": money},
        Action.BUY_X_GET_Y: _("of %(buy)s + %(get)s pieces of a line %(get)s are free")
        % {"buy": rule.buy, "get": rule.get},
    }
    parts = [words[Action(rule.action)]] if rule.action in words else []
    if most := rule.most_pieces:
        parts.append(_pieces(most))
    if rule.max_discount is not None:
        parts.append(_("%(amount)s at most") % {"amount": money_shown(rule.max_discount)})
    if rule.free_shipping:
        parts.append(_("free shipping"))
    return ", ".join(parts) or _("nothing")


def _pieces(most: Decimal) -> str:
    if most != int(most):
        return _("for %(count)s pieces of a line at most") % {"count": number_shown(most)}
    words = ngettext(
        "for %(count)d piece of a line at most", "for %(count)d pieces of a line at most", int(most)
    )
    return words % {"count": int(most)}


def wants(rule: CartPriceRule, names: Mapping[str, str]) -> str:
    """Return who gets the discount of `rule`, and with what; "" for a rule for every cart.

    `names` are the names of segments by code; a code without a name is shown in brackets.
    """
    parts = []
    if rule.segments:
        operators = {
            "is": _("for members of %(segments)s"),
            "is_one_of": _("for members of %(segments)s"),
            "is_not": _("for customers who are not in %(segments)s"),
            "is_not_one_of": _("for customers who are not in %(segments)s"),
        }
        segments = _(" or ").join(
            in_quotes(names[code]) if code in names else f"({code})"
            for code in rule.segments["segments"]
        )
        parts.append(operators[rule.segments["operator"]] % {"segments": segments})
    if rule.conditions:
        parts.append(_("under certain conditions"))
    if rule.items:
        parts.append(_("on certain products"))
    if rule.min_subtotal is not None:
        parts.append(
            _("from a subtotal of %(amount)s") % {"amount": money_shown(rule.min_subtotal)}
        )
    if rule.coupon == CouponKind.SPECIFIC:
        parts.append(_("with the coupon %(code)s") % {"code": rule.coupon_code})
    elif rule.coupon == CouponKind.GENERATED:
        parts.append(_("with a coupon"))
    if rule.coupon != CouponKind.NONE:
        parts += _uses(rule)
    return ", ".join(parts)


def _uses(rule: CartPriceRule) -> list[str]:
    """Return the limits on the uses of the coupons of `rule`; [] without limits."""
    total, by_one = rule.uses_total, rule.uses_per_customer
    in_all = ngettext("at most %(count)d use in all", "at most %(count)d uses in all", total)
    by_each = ngettext(
        "at most %(count)d use by a customer", "at most %(count)d uses by a customer", by_one
    )
    limits = ((total, in_all), (by_one, by_each))
    return [words % {"count": count} for count, words in limits if count]


def days(rule: CartPriceRule) -> str:
    """Return the days on which `rule` is valid, in words."""
    first, last = (day and day_shown(day) for day in (rule.starts_on, rule.ends_on))
    if first and last:
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("from %(day)s") % {"day": first}
    return _("until %(day)s") % {"day": last} if last else _("always")
