"""`bought_recently`: of personal lists alone: the customer has just bought it."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return at.is_personal and sku in at.bought


BOUGHT_RECENTLY = Rule("bought_recently", _drops)
