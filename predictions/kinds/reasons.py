"""Reasons: the effect of each feature on a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from conditions.language.operators import Words
from core.text.formats import CENTS, UNKNOWN, money_shown, number_shown
from predictions.history.values import Value, rounded

# How many reasons are shown by default, those with the largest effect.
MOST = 5


@dataclass(frozen=True)
class Reason:
    """The effect of one feature on a score; `effect` is signed, in the unit of the kind.

    `sentence` is for people. The sentence is translated when it is read, since only a few of all
    reasons are shown.
    """

    feature: str
    value: Value
    effect: float
    sentence: Words


def sorted_reasons(reasons: Sequence[Reason], *, all_of_them: bool = False) -> list[Reason]:
    """Return the reasons by descending size of their effect.

    Unless `all_of_them`, return at most five, none of them with an effect of 0.
    """
    found = sorted(reasons, key=lambda one: (-abs(one.effect), one.feature))
    return found if all_of_them else [one for one in found if one.effect][:MOST]


def value_text(value: Value, *, is_money: bool = False) -> str:
    """Return the value of a feature as text for a sentence, with at most two decimals."""
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    exact = rounded(Fraction(value), CENTS)
    return money_shown(exact) if is_money else number_shown(exact)
