"""`excluded`: a rule of the shop leaves it out, or whoever asks."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return sku in at.wishes.exclude


EXCLUDED = Rule("excluded", _drops)
