"""Scores as columns of exports, under the codes that conditions have."""

from predictions.conditions import FAMILIES, ScoreColumn
from predictions.models import CustomerPrediction
from segments.export.columns import Column, stored_column

VIEW_SCORES = ("predictions.view_scores",)


def columns() -> list[Column]:
    """Return a column for each score, for those who may see scores."""
    return [
        stored_column(
            attribute.code,
            attribute.label,
            CustomerPrediction,
            attribute.column,
            permissions=VIEW_SCORES,
        )
        for family in FAMILIES
        for attribute in family.attributes
        if isinstance(attribute, ScoreColumn)
    ]
