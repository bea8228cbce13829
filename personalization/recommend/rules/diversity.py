"""`diversity`: the list has as many as it may of the product's first category."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    if product is None or not product.categories:
        return False
    return at.per_category[product.categories[0]] >= at.wishes.max_per_category


DIVERSITY = Rule("diversity", _drops)
