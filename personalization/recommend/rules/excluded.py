"""`excluded`: a rule of the shop or the request excludes the product."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return sku in at.wishes.exclude


EXCLUDED = Rule("excluded", _drops)
