"""The condition itself: one proxy of Oscar's `Condition` for all questions about segments."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from oscar.core.loading import get_model

from integrations.oscar.asking import holds, names_of
from integrations.oscar.models import SegmentQuestion

Condition = get_model("offer", "Condition")


class SegmentCondition(Condition):
    """Holds where Tranche says so; without an answer it does not, and nothing is raised."""

    class Meta:
        app_label = "tranche_oscar"
        proxy = True

    @property
    def question(self) -> SegmentQuestion:
        """The question of this condition, a row of its own."""
        return SegmentQuestion.objects.get(condition_id=self.pk)

    @property
    def name(self) -> str:
        """How Oscar's dashboard calls it, such as “is a member of VIP”."""
        return str(self.question)

    @property
    def description(self) -> str:
        """The same, for who reads about an offer."""
        return self.name

    def is_satisfied(self, offer: Any, basket: Any) -> bool:
        """Return whether the question holds for whose basket it is."""
        return holds(self.question, basket)

    def can_apply_condition(self, line: Any) -> bool:
        """Return whether the line could be part of an offer at all."""
        return bool(line.product.get_is_discountable()) and bool(line.stockrecord)

    def consume_items(self, offer: Any, basket: Any, affected_lines: Any) -> None:
        """Use up nothing: it is about the shopper; the benefit uses up what it discounts."""


def create_segment_condition(operator: str, segments: Sequence[str]) -> Any:
    """Return a new condition of Oscar's that asks this of `segments` (codes), with its question.

    ValueError where `operator` is none, or there are no segments.
    """
    known = dict(SegmentQuestion._meta.get_field("operator").choices or ())
    if operator not in known or not segments:
        raise ValueError(f"an operator ({', '.join(map(str, known))}) and segments are needed")
    path = f"{SegmentCondition.__module__}.{SegmentCondition.__qualname__}"
    with transaction.atomic():
        condition = Condition.objects.create(proxy_class=path)
        SegmentQuestion.objects.create(
            condition=condition,
            operator=operator,
            segments=list(segments),
            names=names_of(segments),
        )
    return condition
