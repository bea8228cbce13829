"""Scores as columns of exports, under the codes that conditions have."""

from predictions.conditions.families import FAMILIES, ScoreColumn
from predictions.models import CustomerPrediction
from segments.export.columns import Column, stored_column

# For what is known of single customers.
OF_CUSTOMERS = ("predictions.view_scores", "segments.view_members")


def columns() -> list[Column]:
    """Return a column for each score, for those who may see scores of single customers."""
    return [
        stored_column(
            attribute.code,
            attribute.label,
            CustomerPrediction,
            attribute.column,
            permissions=OF_CUSTOMERS,
        )
        for family in FAMILIES
        for attribute in family.attributes
        if isinstance(attribute, ScoreColumn)
    ]
