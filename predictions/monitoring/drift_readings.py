"""The last readings of drift, of the versions in use."""

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from predictions.models import DriftReading, PredictionModel


def with_drift(rows: QuerySet[PredictionModel]) -> QuerySet[Any]:
    """Annotate models with the last reading of their version in use: null where there is none.

    `drift_id`, `drift_status` (empty: not known), `drift_psi`.
    """
    last = DriftReading.objects.filter(version=OuterRef("deployed")).order_by("-at", "-pk")
    return rows.annotate(
        drift_id=Subquery(last.values("pk")[:1]),
        drift_status=Subquery(last.values("status")[:1]),
        drift_psi=Subquery(last.values("psi")[:1]),
    )


def readings_of(rows: Iterable[Any]) -> dict[int, DriftReading]:
    """Return the latest drift readings of annotated models, by the primary keys of the models."""
    pks = {one.drift_id: one.pk for one in rows if one.drift_id is not None}
    found = DriftReading.objects.filter(pk__in=pks).select_related("version__model")
    return {pks[one.pk]: one for one in found.defer("version__artifact")}
