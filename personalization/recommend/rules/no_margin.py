"""`no_margin`: less of the price is left than the shop wants; unknown costs are none."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    least = at.wishes.min_margin
    if least is None or product is None or product.margin is None:
        return False
    return product.margin < least


NO_MARGIN = Rule("no_margin", _drops)
