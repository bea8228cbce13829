"""`out_of_stock`: the stock is known, and 0 or less."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return product is not None and product.stock is not None and product.stock <= 0


OUT_OF_STOCK = Rule("out_of_stock", _drops)
