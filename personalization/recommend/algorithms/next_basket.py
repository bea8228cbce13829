"""`next_basket`: what the customer bought, fading and by season, and what `discover` has for it."""

from personalization.lists import next_basket
from personalization.lists.mixture import AGAIN
from personalization.lists.scored import Floats
from personalization.recommend.algorithms.algorithm import Arrays, Parameters, Parts
from personalization.recommend.algorithms.demand import seasons
from personalization.recommend.algorithms.discover import DISCOVER
from personalization.recommend.algorithms.personal_frequency import bought_place
from personalization.recommend.history.purchases import Purchases


class NextBasket:
    """The customer's own part, and the item side."""

    name, wish = "next_basket", AGAIN
    parts: Parts = DISCOVER.parts

    def scores(self, fitted: Arrays, purchases: Purchases, parameters: Parameters) -> Floats:
        """Return the scores of `personalization.lists.next_basket`."""
        others = DISCOVER.scores(fitted, purchases, parameters)
        return next_basket(purchases.faded.toarray(), others, seasons(fitted), parameters["beta"])

    def because(self, fitted: Arrays, purchases: Purchases, place: int) -> int | None:
        """Return the SKU itself if the customer bought it, otherwise the SKU that adds most."""
        own = bought_place(purchases, place)
        return DISCOVER.because(fitted, purchases, place) if own is None else own


NEXT_BASKET = NextBasket()
