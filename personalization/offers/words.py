"""The texts about an offer for shoppers: its value, and whether and why it is personal."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conditions.parse import parse_tree
from core.text.formats import money_shown, number_shown, share_shown
from personalization.conditions.audience import BELONGING, Judge, is_question
from personalization.models import Offer, OfferKind

SEGMENTS_SAID = 5
DECIMALS = 4


def amount_in_json(amount: Decimal | None) -> str | None:
    """Return an amount as the API has it: a text without zeros at its end."""
    return None if amount is None else f"{amount.normalize():f}"


def sentence_of(offer: Offer) -> str:
    """Return the benefit of the offer in words; amounts are in the base currency."""
    value: Decimal = offer.value or Decimal(0)
    number = number_shown(value)
    match OfferKind(offer.kind):
        case OfferKind.PERCENT:
            return _("%(value)s %% off.") % {"value": number}
        case OfferKind.FIXED:
            return _("%(amount)s off.") % {"amount": money_shown(value)}
        case OfferKind.FREE_SHIPPING:
            return _("Free shipping.")
        case OfferKind.POINTS:
            text = ngettext("%(value)s extra point.", "%(value)s extra points.", int(value))
            return text % {"value": number}
        case OfferKind.CATEGORY_BONUS:
            return _("Bonus points in a category: %(value)s.") % {"value": number}
        case OfferKind.EARLY_ACCESS:
            return _("Early access, before everybody else.")
        case OfferKind.EXPERIENCE_REWARD:
            return _("An experience as a reward.")


def value_with_unit(offer: Offer) -> str:
    """Return the value of an offer with its unit; "" where it has none."""
    if offer.value is None:
        return ""
    if offer.kind == OfferKind.PERCENT:
        return share_shown(offer.value / 100, decimals=DECIMALS)
    if offer.kind == OfferKind.FIXED:
        return money_shown(offer.value)
    return number_shown(offer.value)


def disclosure_of(offer: Offer, judge: Judge, names: Mapping[str, str]) -> str:
    """Return the sentence that an offer is personal, and why, for a shopper in its audience.

    `names` maps codes of segments to their names.
    """
    audience = offer.audience
    if audience is None:
        return _("This offer is for everybody: nothing about you chose it.")
    if not is_question(audience):
        return _("This offer is personal: it is for those of whom this is true: %(sentence)s") % {
            "sentence": parse_tree(audience, stored=True).sentence()
        }
    is_member = audience["operator"] in BELONGING
    codes = judge.members_of(audience["segments"]) if is_member else audience["segments"]
    said = ", ".join(names.get(code, code) for code in codes[:SEGMENTS_SAID])
    if is_member:
        text = _("This offer is personal: it is for members of %(segments)s, of whom you are one.")
    else:
        text = _("This offer is personal: it is for who is not a member of %(segments)s, as you.")
    return text % {"segments": said}
