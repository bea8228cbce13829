"""The only way in for variants: all is checked, stored and audited."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from core.audit import record
from customers.models import AuditAction
from personalization.editing.rows import Checked, Saved, Written, locked, stored
from personalization.experiences.audit import CONTENT, PLACEMENT, VARIANT
from personalization.experiences.checking import (
    check_variant,
)
from personalization.experiences.definition import (
    VariantSays,
    as_json,
)
from personalization.models import ContentItem, ExperienceVariant, Offer, Placement
from personalization.offers.audit import OFFER

__all__ = [
    "Saved",
    "delete",
    "locked",
    "name_of",
    "save_variant",
]

SUBJECTS: Mapping[type[Any], str] = {
    Placement: PLACEMENT,
    ExperienceVariant: VARIANT,
    ContentItem: CONTENT,
    Offer: OFFER,
}


def save_variant(row: ExperienceVariant, says: VariantSays, *, author: Any) -> Saved:
    """Store what `row`, a new one or a stored one, is to say.

    Raises InvalidExperience; Placement.DoesNotExist where its placement is gone meanwhile.
    """

    def check(row: ExperienceVariant) -> Checked:
        # Whoever deletes the placement comes before or after.
        if not Placement.objects.select_for_update(no_key=True).filter(pk=row.placement_id):
            raise Placement.DoesNotExist
        return check_variant(says, row)

    return _stored(row, check, author)


def delete(row: ExperienceVariant, *, author: Any) -> None:
    """Delete a row for `author`; what was shown stays counted."""
    with transaction.atomic():
        record(author, AuditAction.DELETED, VARIANT, name_of(row), before=as_json(row))
        row.delete()


def name_of(row: Any) -> str:
    """Return what the audit log calls a row."""
    return f"{row.placement.code}/{row.code}" if isinstance(row, ExperienceVariant) else row.code


def _stored(row: ExperienceVariant, check: Callable[[Any], Checked], author: Any) -> Saved:
    return stored(row, check, author, Written(SUBJECTS[type(row)], name_of, as_json, _others))


def _others(row: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = type(row)._default_manager.filter(code=row.code)
    return rows.filter(placement=row.placement) if isinstance(row, ExperienceVariant) else rows
