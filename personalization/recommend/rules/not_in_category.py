"""`not_in_category`: a rule of the shop wants other categories."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    categories = at.wishes.categories
    return categories is not None and (product is None or categories.isdisjoint(product.categories))


NOT_IN_CATEGORY = Rule("not_in_category", _drops)
