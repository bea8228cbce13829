"""`not_sold`: the product is gone, or is a service today."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return product is None or product.is_service


NOT_SOLD = Rule("not_sold", _drops)
