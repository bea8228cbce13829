"""Journeys in, credits out: pure, without a database, in one pass and without keeping any."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Protocol

from predictions.attribution.each_journey import EACH_JOURNEY, EachJourney
from predictions.attribution.journey import Journey, money
from predictions.attribution.markov import Markov


class Model(Protocol):
    """Takes in journeys one by one, and says in the end who is credited with how many units."""

    def add(self, journey: Journey) -> None:
        """Take in a journey."""

    def credits(self) -> Mapping[str, int]:
        """Return the credits in units of 1/10,000, which add up to all revenue."""


MODELS: Mapping[str, Callable[[], Model]] = {
    **{name: partial(EachJourney, weigh) for name, weigh in EACH_JOURNEY.items()},
    "markov": Markov,
}


def attribute(journeys: Iterable[Journey], model: str) -> dict[str, Decimal]:
    """Return what each key is credited with, with 4 decimals: together just the revenue.

    `model` is one of `MODELS`. Keys of touches without a credit have 0; a journey without a touch
    is `direct`'s. Raises ValueError for another model and for what is no revenue, and `TooManyKeys`
    (`predictions.attribution.markov`).
    """
    return attribute_by(journeys, [model])[model]


def attribute_by(
    journeys: Iterable[Journey], models: Collection[str]
) -> dict[str, dict[str, Decimal]]:
    """Return what `attribute` returns for each of `models`; the journeys are read once."""
    for name in models:
        if name not in MODELS:
            raise ValueError(f"{name!r} is no model of attribution: {', '.join(MODELS)}")
    found = {name: MODELS[name]() for name in models}
    for journey in journeys:
        for model in found.values():
            model.add(journey)
    return {
        name: {key: money(units) for key, units in model.credits().items()}
        for name, model in found.items()
    }
