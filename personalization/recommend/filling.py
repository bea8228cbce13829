"""Fills a list with the best that business rules leave."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from personalization.lists.scored import DECIMALS, Scored
from personalization.recommend.catalogue import Described, described
from personalization.recommend.rules import DIVERSITY, RULES, Situation

# So many candidates are asked for first, and then all.
FIRST, ALL = 200, 1_000_000
MARGIN_WEIGHT = BRAND_WEIGHT = 0.2

# Returns at most so many candidates, the best first.
Candidates = Callable[[int], Sequence[Scored]]


@dataclass(frozen=True)
class Chosen:
    """What is recommended: the product, and its score."""

    product: Described
    score: float


def fill(
    candidates: Candidates, most: int, at: Situation, dropped: Counter[str]
) -> Sequence[Chosen]:
    """Return the best `most` of the candidates that no rule drops; `dropped` counts the others.

    What is one too many of its category is taken after all where the list would stay short. Counted
    is whatever was looked at before the list was full.
    """
    asked = ALL if _is_raised(at) else FIRST
    while True:
        found = candidates(asked)
        counts = Counter[str]()
        at.per_category.clear()
        chosen = _chosen(found, most, at, counts)
        if len(chosen) >= most or len(found) < asked or asked == ALL:
            dropped.update(counts)
            at.earlier.update(one.product.sku for one in chosen)
            return chosen
        asked = ALL


def _chosen(
    found: Sequence[Scored], most: int, at: Situation, counts: Counter[str]
) -> Sequence[Chosen]:
    chosen: dict[str, Chosen] = {}
    too_many: list[Chosen] = []
    if _is_raised(at):
        found = _raised(found, at)
    products: dict[str, Described] = {}
    for start, one in enumerate(found):
        if len(chosen) == most:
            break
        if start % FIRST == 0:
            products = described([other.sku for other in found[start : start + FIRST]])
        product = products.get(one.sku)
        code = next((rule.code for rule in RULES if rule.drops(one.sku, product, at)), None)
        if code is None and product is not None:
            chosen[one.sku] = Chosen(product, one.score)
            at.per_category.update(product.categories[:1])
        elif code == DIVERSITY.code and product is not None and one.sku not in at.earlier:
            too_many.append(Chosen(product, one.score))
        elif code is not None:
            counts[code] += 1
    lifted = too_many[: most - len(chosen)]
    if len(too_many) > len(lifted):
        counts[DIVERSITY.code] += len(too_many) - len(lifted)
    chosen |= {one.product.sku: one for one in lifted}
    return [chosen[one.sku] for one in found if one.sku in chosen]


def _is_raised(at: Situation) -> bool:
    """Return whether rules of the shop raise scores, so that the last may become the first."""
    return at.wishes.prefer_high_margin or bool(at.brand_shares)


def _raised(found: Sequence[Scored], at: Situation) -> Sequence[Scored]:
    """Return candidates with scores times (1 + 0.2 m) and (1 + 0.2 s), as far as rules want it: m
    is the margin, s the customer's share of the brand, either 0 where it is unknown.
    """
    products: Mapping[str, Described] = described([one.sku for one in found])
    raised = [Scored(one.sku, one.score * _factor(products.get(one.sku), at)) for one in found]
    return sorted(raised, key=lambda one: -round(one.score, DECIMALS))


def _factor(product: Described | None, at: Situation) -> float:
    if product is None:
        return 1.0
    margin = product.margin if at.wishes.prefer_high_margin else None
    share = at.brand_shares.get(product.brand, 0.0)
    return (1 + MARGIN_WEIGHT * (margin or 0.0)) * (1 + BRAND_WEIGHT * share)
