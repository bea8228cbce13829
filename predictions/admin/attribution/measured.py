"""The result of the view `lift` for its page, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from predictions.admin.insights.numbers import amount, money
from predictions.analytics.views.lift import lift


@dataclass(frozen=True)
class Measured:
    """A lift with formatted figures; `interval` is '' without an interval."""

    found: Mapping[str, Any]
    lift: str
    interval: str
    means: Mapping[str, str]
    sentence: str


def measured_lift(told: Mapping[str, Any]) -> Measured:
    """Return the current lift for validated parameters. Raises what `lift` raises."""
    found = lift(told, None)
    interval = ""
    if found["interval"] is not None:
        low, high = map(money, found["interval"])
        interval = _("%(low)s to %(high)s") % {"low": low, "high": high}
    return Measured(
        found,
        money(found["lift"]),
        interval,
        {group: amount(mean) for group, mean in found["means"].items()},
        _sentence(found),
    )


def _sentence(found: Mapping[str, Any]) -> str:
    """Return a sentence that interprets the confidence interval."""
    if found["interval"] is None:
        return _(
            "Within each group everybody has brought the same: how sure this is cannot be said."
        )
    low, high = map(Decimal, found["interval"])
    if low <= 0 <= high:
        return _("The range holds 0: the difference is not distinguishable from nothing.")
    if low > 0:
        return _("The campaign has brought more than would have been sold without it.")
    return _("With the campaign less was sold than would have been without it.")
