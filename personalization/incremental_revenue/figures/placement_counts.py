"""Exposures and clicks of each placement in a period."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from personalization.behavior.touches import text_in
from personalization.incremental_revenue.figures.counts import clicks, counters, in_period
from personalization.incremental_revenue.question import Question
from personalization.models import BehaviorEvent, Exposure

# The most placements in a response, those shown most often.
MOST = 50


@dataclass
class ShownVariant:
    """A variant of a placement ('': its default): exposures, tracked customers and clicks.

    `is_default`: a variant of an experiment with the default's content.
    """

    placement: str
    variant: str
    shown: int = 0
    customers: int = 0
    clicks: int = 0
    is_default: bool = False


def shown_by_variant(question: Question) -> list[ShownVariant]:
    """Return the shown variants, the most frequent first, then by placement and variant."""
    found: dict[tuple[str, str], ShownVariant] = {}

    def variant_counts(placement: str, variant: str) -> ShownVariant:
        return found.setdefault((placement, variant), ShownVariant(placement, variant))

    stored: QuerySet[Exposure] = in_period(Exposure, "at", question)
    rows = stored.order_by().values("element", "variant", "shows_default")
    for row in rows.annotate(n=Count("pk"), people=Count("customer", distinct=True)):
        one = variant_counts(row["element"], row["variant"])
        one.shown += row["n"]
        one.customers += row["people"]
        one.is_default = row["shows_default"]
    counted = counters(question).order_by().values_list("element", "variant")
    for element, variant, number in counted.annotate(n=Sum("shown")):
        variant_counts(element, variant).shown += number
    for (element, variant), number in _clicks(question).items():
        if (element, variant) in found:
            found[element, variant].clicks = number
    shown = [one for one in found.values() if one.shown]
    return sorted(shown, key=lambda one: (-one.shown, one.placement, one.variant))[:MOST]


def _clicks(question: Question) -> dict[tuple[str, str], int]:
    rows: QuerySet[BehaviorEvent] = clicks(question).order_by()
    named = rows.annotate(element=text_in("data", "element"), shown=text_in("data", "variant"))
    found: dict[tuple[str, str], int] = defaultdict(int)
    counted = named.values_list("element", "shown").annotate(n=Count("pk"))
    for element, variant, number in counted:
        found[element or "", variant or ""] += number
    return found
