"""The stored trees of personalization, for whoever asks which of them name an attribute."""

from collections.abc import Callable, Iterator
from typing import Any

from conditions.upkeep.stored_trees import StoredTrees
from personalization.models import ExperienceVariant, Experiment, Offer, PersonalizationRule


def _audiences(model: Any) -> Callable[[], Iterator[tuple[str, Any]]]:
    def find() -> Iterator[tuple[str, Any]]:
        for row in model.objects.exclude(audience=None).order_by("pk"):
            yield str(row), row.audience

    return find


STORED = tuple(
    StoredTrees(f"personalization.{model._meta.model_name}", _audiences(model))
    for model in (ExperienceVariant, Experiment, Offer, PersonalizationRule)
)
