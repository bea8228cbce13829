"""`in_context`: it is the product that is looked at, or in the cart."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return sku in at.in_context


IN_CONTEXT = Rule("in_context", _drops)
