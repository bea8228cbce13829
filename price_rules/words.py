"""A rule in words: what it gives, to whom, and when."""

from django.utils import formats
from django.utils.translation import gettext as _

from price_rules.definition import amount_said, money_said
from price_rules.models import Action, CartPriceRule, CouponKind


def gives(rule: CartPriceRule) -> str:
    """Return what `rule` gives, such as “10% off each line, 4 at most; free shipping”."""
    value = amount_said(rule.value)
    money = "" if rule.value is None else money_said(rule.value)
    words = {
        Action.PERCENT: _("%(value)s%% off each line") % {"value": value},
        Action.FIXED_EACH: _("%(value)s off each piece") % {"value": money},
        Action.FIXED_CART: _("%(value)s off the cart") % {"value": money},
        Action.BUY_X_GET_Y: _("of %(buy)s + %(get)s pieces of a line %(get)s are free")
        % {"buy": rule.buy, "get": rule.get},
    }
    parts = [words[Action(rule.action)]] if rule.action in words else []
    if rule.max_quantity:
        parts.append(_("for %(count)d pieces of a line at most") % {"count": rule.max_quantity})
    if rule.max_discount is not None:
        parts.append(_("%(amount)s at most") % {"amount": money_said(rule.max_discount)})
    if rule.free_shipping:
        parts.append(_("free shipping"))
    return ", ".join(parts) or _("nothing")


def wants(rule: CartPriceRule) -> str:
    """Return what `rule` asks for, shortly; "" where it is for every cart."""
    parts = []
    if rule.segments:
        operators = {
            "is": _("members of %(segments)s"),
            "is_one_of": _("members of %(segments)s"),
            "is_not": _("customers who are not in %(segments)s"),
            "is_not_one_of": _("customers who are not in %(segments)s"),
        }
        names = _(" or ").join(rule.segments["segments"])
        parts.append(operators[rule.segments["operator"]] % {"segments": names})
    if rule.conditions:
        parts.append(_("conditions"))
    if rule.items:
        parts.append(_("certain lines"))
    if rule.min_subtotal is not None:
        parts.append(_("a subtotal from %(amount)s") % {"amount": money_said(rule.min_subtotal)})
    if rule.coupon == CouponKind.SPECIFIC:
        parts.append(_("the coupon %(code)s") % {"code": rule.coupon_code})
    elif rule.coupon == CouponKind.GENERATED:
        parts.append(_("a coupon"))
    return ", ".join(parts)


def days(rule: CartPriceRule) -> str:
    """Return on which days `rule` holds."""
    first, last = (day and formats.date_format(day) for day in (rule.starts_on, rule.ends_on))
    if first and last:
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if first:
        return _("from %(day)s") % {"day": first}
    return _("until %(day)s") % {"day": last} if last else _("always")
