"""`not_in_brand`: a rule of the shop wants other brands."""

from core.text.folding import fold
from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    brands = at.wishes.brands
    return brands is not None and (product is None or fold(product.brand) not in brands)


NOT_IN_BRAND = Rule("not_in_brand", _drops)
