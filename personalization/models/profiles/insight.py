"""Insights of a customer: computed at each request, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PersonalizationInsight:
    """An insight about a customer: its public code, its figures, and a sentence.

    Figures are JSON values by name; non-integer numbers are strings.
    """

    code: str
    figures: Mapping[str, Any]
    sentence: str
