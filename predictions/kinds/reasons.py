"""Reasons: what a score owes to each feature."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from conditions.language.operators import Words
from core.text.formats import CENTS, UNKNOWN, money_shown, number_shown
from predictions.history.values import Value, rounded

# So many are told, those with the largest effect.
MOST = 5


@dataclass(frozen=True)
class Reason:
    """What one feature does to a score; `effect` is signed, in the unit that the kind says.

    `sentence` is for people, in the language that is active when it is read: of all reasons only a
    few are told.
    """

    feature: str
    value: Value
    effect: float
    sentence: Words


def told(reasons: Sequence[Reason], *, all_of_them: bool = False) -> list[Reason]:
    """Return the reasons by falling size of their effect, at most five unless all are asked for."""
    found = sorted(reasons, key=lambda one: (-abs(one.effect), one.feature))
    return found if all_of_them else [one for one in found if one.effect][:MOST]


def shortly(value: Value, *, is_money: bool = False) -> str:
    """Return the value of a feature for a sentence: numbers with two decimals at most."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    exact = rounded(Fraction(value), CENTS)
    return money_shown(exact) if is_money else number_shown(exact)
