"""What every insight is: something worth knowing of a customer, found by a rule, with its figures.

Each stands in a file of its own, as a function that returns it or None, registered in `INSIGHTS`;
its sentence is a template that is filled in the language of whoever reads it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from personalization.profile import Profile


@dataclass(frozen=True)
class PersonalizationInsight:
    """One insight: its public code, the figures that it comes from, a sentence.

    Figures are JSON values by name; numbers that are not whole are written as texts.
    """

    code: str
    figures: Mapping[str, Any]
    sentence: str


Find = Callable[[Profile], PersonalizationInsight | None]
