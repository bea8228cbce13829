"""Open choices that stand in the JSON of behaviours, named as they are written."""

from collections.abc import Collection
from typing import Any

from django.db.models import F, QuerySet

from conditions.language import types
from conditions.language.choices import Choices, Labels, newest
from core.access.personal import kind_of
from personalization.models import BehaviorEvent
from personalization.properties.expressions import JsonValue

# Each row's JSON is read.
NEWEST = 2_000


def of_json(key: str, document: str = "data") -> Choices:
    """Return the open choices that `key` has in the JSON column `document` of the newest rows.

    No index leads to a value: what only older rows have counts as not known.
    """

    def stored_rows() -> QuerySet[Any, Any]:
        value = JsonValue(
            F(document), F(f"{document}_folded"), key=key, type_=types.CHOICE, options=()
        )
        rows: QuerySet[Any, Any] = newest(BehaviorEvent.objects.all(), NEWEST).annotate(
            _value=value
        )
        return rows.filter(_value__isnull=False).order_by("_value")

    def values(rows: QuerySet[Any, Any]) -> QuerySet[Any, str]:
        return rows.values_list("_value", flat=True).distinct()

    def labels(codes: Collection[str]) -> Labels:
        return {code: code for code in values(stored_rows().filter(_value__in=list(codes)))}

    def suggest(text: str, limit: int) -> Labels:
        found = stored_rows().filter(_value__icontains=text)
        return {code: code for code in values(found)[:limit]}

    def latest(limit: int) -> Labels:
        return {code: code for code in values(stored_rows())[:limit]}

    return Choices(
        closed=False,
        labels=labels,
        suggest=suggest,
        latest=latest,
        kind=kind_of(BehaviorEvent, document),
    )
