"""Hooks in the transaction that stores behaviours; an error in a hook rolls everything back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.registries import Registry, dotted_name
from personalization.intake.reading import Behavior
from personalization.intake.storage import Owned


class OnStored(Protocol):
    """Called once with the behaviours that a call stored at an aware instant, not with others.

    Returns the significance (0..1) of each behaviour, or None where the hook judges none.
    """

    def __call__(self, behaviors: Sequence[Owned], at: datetime, /) -> Sequence[float] | None: ...


# The weight, in points, that has full significance.
FULL_WEIGHT = 5


def weight_significance(behavior: Behavior) -> float:
    """Return the significance (0..1) of a behaviour by its weight."""
    return min(float(behavior.type.weight) / FULL_WEIGHT, 1.0)


def run_hooks(behaviors: Sequence[Owned], at: datetime) -> list[float]:
    """Call all hooks and return the significance of each behaviour, the largest of all findings."""
    found = [weight_significance(one.behavior) for one in behaviors]
    for hook in WHEN_STORED:
        judged = hook(behaviors, at)
        if judged is not None:
            found = [max(pair) for pair in zip(found, judged, strict=True)]
    return found


WHEN_STORED: Registry[OnStored] = Registry("hook", dotted_name)
