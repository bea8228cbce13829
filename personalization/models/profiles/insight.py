"""Insights of a customer: computed at each request, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PersonalizationInsight:
    """Something worth knowing of a customer: its public code, the figures behind it, a sentence.

    Figures are JSON values by name; numbers that are not whole are written as texts.
    """

    code: str
    figures: Mapping[str, Any]
    sentence: str
