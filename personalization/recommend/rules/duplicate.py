"""`duplicate`: an earlier list of the reply has it."""

from personalization.recommend.catalogue import Described
from personalization.recommend.rules.rule import Rule, Situation


def _drops(sku: str, product: Described | None, at: Situation) -> bool:
    return sku in at.earlier


DUPLICATE = Rule("duplicate", _drops)
