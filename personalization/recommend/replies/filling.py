"""Filling of a list with the best candidates that business rules permit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from personalization.lists import mix
from personalization.lists.mixture import AGAIN, DISCOVER, wishes_of_place
from personalization.lists.scored import DECIMALS, Scored
from personalization.recommend.catalogue import Described, describe_products
from personalization.recommend.rules import DIVERSITY, RULES, Situation

# The number of candidates that are requested first; then all are requested.
FIRST, ALL = 200, 1_000_000
MARGIN_WEIGHT = BRAND_WEIGHT = 0.2
# The candidates that nobody has bought yet, and of how many products to discover one may be such.
UNSOLD, EACH = "unsold", 5

# Returns at most so many candidates, the best first.
Candidates = Callable[[int], Sequence[Scored]]


@dataclass(frozen=True)
class Chosen:
    """A recommended product with its score, and the list of candidates that it comes from.

    `is_unsold`: nobody has bought the product yet.
    """

    product: Described
    score: float
    wish: str = AGAIN
    is_unsold: bool = False


def fill(
    candidates: Candidates, most: int, at: Situation, dropped: Counter[str]
) -> Sequence[Chosen]:
    """Return the best `most` of the candidates that no rule drops; `dropped` counts the others.

    A product beyond the limit of its category is taken after all where the list would stay short.
    `dropped` only counts candidates that were looked at before the list was full.
    """
    return fill_mixed({AGAIN: candidates}, 1.0, most, at, dropped)


def fill_mixed(
    candidates: Mapping[str, Candidates],
    share: float,
    most: int,
    at: Situation,
    dropped: Counter[str],
) -> Sequence[Chosen]:
    """Return a list as `fill` does, mixed of the candidates of `again` and of `discover`.

    `share` (0..1) of the places are of `again`, as `personalization.lists.mix` has it. Of five
    products to discover one at most is a candidate of `UNSOLD`, the last of the five.
    """
    limit = ALL if _is_raised(at) else FIRST
    while True:
        found = {wish: request(limit) for wish, request in candidates.items()}
        counts = Counter[str]()
        at.per_category.clear()
        chosen = _choose_products(found, share, most, at, counts)
        is_cut = any(len(one) >= limit for one in found.values())
        if len(chosen) >= most or not is_cut or limit == ALL:
            dropped.update(counts)
            at.earlier.update(one.product.sku for one in chosen)
            return chosen
        limit = ALL


class _Stream:
    """The candidates of one list, the best first, with their products."""

    def __init__(
        self, wish: str, candidates: Sequence[Scored], products: Mapping[str, Described]
    ) -> None:
        self.wish, self.candidates = wish, candidates
        self._kind = (DISCOVER, True) if wish == UNSOLD else (wish, False)
        self._next = 0
        # Starts with the products of the first `FIRST` candidates; later ones are read when needed.
        self._products = products

    def pop(self) -> tuple[Scored, Described | None] | None:
        """Return the next candidate and its product; None at the end."""
        if self._next >= len(self.candidates):
            return None
        if self._next and self._next % FIRST == 0:
            some = self.candidates[self._next : self._next + FIRST]
            self._products = describe_products([one.sku for one in some])
        one = self.candidates[self._next]
        self._next += 1
        return one, self._products.get(one.sku)

    def with_score(self, product: Described, score: float) -> Chosen:
        """Return a product of this list as chosen."""
        return Chosen(product, score, *self._kind)

    def in_order(self, chosen: Mapping[str, Chosen]) -> list[Chosen]:
        """Return the products chosen from this list, the best first."""
        found = [chosen[one.sku] for one in self.candidates if one.sku in chosen]
        return [one for one in found if (one.wish, one.is_unsold) == self._kind]


def _choose_products(
    found: Mapping[str, Sequence[Scored]],
    share: float,
    most: int,
    at: Situation,
    counts: Counter[str],
) -> Sequence[Chosen]:
    chosen: dict[str, Chosen] = {}
    too_many: list[Chosen] = []
    raised = _is_raised(at)
    ranked = {wish: _raise_scores(some, at) if raised else some for wish, some in found.items()}
    # One read serves the beginnings of both lists.
    first = describe_products(
        list(dict.fromkeys(one.sku for some in ranked.values() for one in some[:FIRST]))
    )
    streams = {wish: _Stream(wish, some, first) for wish, some in ranked.items()}
    while len(chosen) < most:
        places = (streams[one] for one in _wishes(chosen, share) if one in streams)
        stream, candidate = next(
            ((one, popped) for one in places if (popped := one.pop()) is not None), (None, None)
        )
        if stream is None or candidate is None:
            break
        scored, product = candidate
        if scored.sku in chosen:
            continue
        code = next((rule.code for rule in RULES if rule.drops(scored.sku, product, at)), None)
        if code is None and product is not None:
            chosen[scored.sku] = stream.with_score(product, scored.score)
            at.per_category.update(product.categories[:1])
        elif (
            code == DIVERSITY.code
            and stream.wish != UNSOLD
            and product is not None
            and scored.sku not in at.earlier
        ):
            too_many.append(stream.with_score(product, scored.score))
        elif code is not None:
            counts[code] += 1
    lifted = too_many[: most - len(chosen)]
    if len(too_many) > len(lifted):
        counts[DIVERSITY.code] += len(too_many) - len(lifted)
    chosen |= {one.product.sku: one for one in lifted}
    again, discover, unsold = (
        streams[wish].in_order(chosen) if wish in streams else []
        for wish in (AGAIN, DISCOVER, UNSOLD)
    )
    for number, one in enumerate(unsold, 1):
        discover.insert(number * EACH - 1, one)
    return [one for one, _wish in mix(again, discover, share, most)]


def _wishes(chosen: Mapping[str, Chosen], share: float) -> Sequence[str]:
    """Return the lists that may fill the place after those chosen, in this order."""
    found = wishes_of_place(len(chosen) + 1, share)
    discovered = sum(one.wish == DISCOVER for one in chosen.values())
    is_last = found[0] == DISCOVER and discovered % EACH == EACH - 1
    return (UNSOLD, *found) if is_last else found


def _is_raised(at: Situation) -> bool:
    """Return whether rules of the shop raise scores, so that the last may become the first."""
    return at.wishes.prefer_high_margin or bool(at.brand_shares)


def _raise_scores(found: Sequence[Scored], at: Situation) -> Sequence[Scored]:
    """Return candidates with scores times (1 + 0.2 m) and (1 + 0.2 s), as far as rules want it: m
    is the margin, s the customer's share of the brand, either 0 where it is unknown.
    """
    products: Mapping[str, Described] = describe_products([one.sku for one in found])
    raised = [Scored(one.sku, one.score * _factor(products.get(one.sku), at)) for one in found]
    return sorted(raised, key=lambda one: -round(one.score, DECIMALS))


def _factor(product: Described | None, at: Situation) -> float:
    if product is None:
        return 1.0
    margin = product.margin if at.wishes.prefer_high_margin else None
    share = at.brand_shares.get(product.brand, 0.0)
    return (1 + MARGIN_WEIGHT * (margin or 0.0)) * (1 + BRAND_WEIGHT * share)
