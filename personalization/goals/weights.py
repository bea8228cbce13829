"""Weights of goals as a request or a placement gives them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from personalization.goals.scores import (
    DEFAULT_WEIGHTS,
    SUCCESSES,
    InvalidWeights,
    UnknownGoal,
    normalize_weights,
)

UNKNOWN, WEIGHTS = "unknown_goal", "weights"
# A list of names is what requests gave before goals had weights.
Goals = Mapping[str, Any] | Sequence[Any]


def check_weights(weights: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with weights; paths are names of goals, '' for all of them."""
    problems = []
    for name in weights:
        if name not in SUCCESSES:
            text = _("There is no goal “%(name)s”; these are: %(known)s.")
            words = {"name": str(name)[:60], "known": ", ".join(SUCCESSES)}
            problems.append(Problem(str(name)[:60], UNKNOWN, text % words))
    if problems:
        return problems
    is_number = all(
        isinstance(one, int | float | Decimal) and not isinstance(one, bool)
        for one in weights.values()
    )
    if is_number:
        with suppress(UnknownGoal, InvalidWeights):
            normalize_weights(weights)
            return []
    text = _("Weights are numbers from 0 on, and one at least is above 0.")
    return [Problem("", WEIGHTS, text)]


def plain_weights(weights: Mapping[str, Any]) -> dict[str, float]:
    """Return checked weights as numbers that JSON keeps."""
    return {name: float(weight) for name, weight in weights.items()}


def effective_weights(given: Goals, stored: Mapping[str, float] | None) -> Mapping[str, float]:
    """Return the weights that count: those of the request, else the placement's, else the default.

    Known names in a list count the same each.
    """
    if isinstance(given, Mapping):
        if given:
            return given
    elif named := [name for name in given if name in SUCCESSES]:
        return dict.fromkeys(named, 1.0)
    return stored or DEFAULT_WEIGHTS
