"""The only way in for placements and variants: all is checked, stored and audited."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.audit import record
from core.problems import Invalid, Problem
from customers.models import AuditAction
from personalization.editing.rows import Checked, Saved, Written, locked, stored
from personalization.experiences.audit import CONTENT, PLACEMENT, VARIANT
from personalization.experiences.checking import (
    check_placement,
    check_variant,
)
from personalization.experiences.definition import (
    PlacementSays,
    Row,
    VariantSays,
    as_json,
)
from personalization.models import ContentItem, ExperienceVariant, Offer, Placement
from personalization.offers.audit import OFFER

__all__ = [
    "InUse",
    "Saved",
    "check_unused",
    "delete",
    "locked",
    "name_of",
    "save_placement",
    "save_variant",
]

R = TypeVar("R", Placement, ExperienceVariant)
SUBJECTS: Mapping[type[Any], str] = {
    Placement: PLACEMENT,
    ExperienceVariant: VARIANT,
    ContentItem: CONTENT,
    Offer: OFFER,
}


class InUse(Invalid):
    """A placement that cannot be deleted."""


def save_placement(row: Placement, says: PlacementSays, *, author: Any) -> Saved:
    """Store what `row`, a new one or a stored one, is to say; raises InvalidExperience."""

    def check(row: Placement) -> Checked:
        return check_placement(says, row)

    return _stored(row, check, author)


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


def delete(row: Row, *, author: Any) -> None:
    """Delete a row for `author`, a placement with its variants; what was shown stays counted.

    Raises InUse for a placement that an experiment is about.
    """
    with transaction.atomic():
        if isinstance(row, Placement):
            check_unused(row)
            for variant in row.variants.select_related("placement"):
                delete(variant, author=author)
        record(author, AuditAction.DELETED, SUBJECTS[type(row)], name_of(row), before=as_json(row))
        row.delete()


def check_unused(row: Placement) -> None:
    """Raise InUse for a placement that experiments are about."""
    codes = list(row.experiments.order_by("code").values_list("code", flat=True))
    if codes:
        text = _("Experiments are about this placement: %(codes)s. It can be made inactive.")
        raise InUse([Problem("", "in_use", text % {"codes": ", ".join(codes)})])


def name_of(row: Row) -> str:
    """Return what the audit log calls a row."""
    return f"{row.placement.code}/{row.code}" if isinstance(row, ExperienceVariant) else row.code


def _stored(row: R, check: Callable[[R], Checked], author: Any) -> Saved:
    return stored(row, check, author, Written(SUBJECTS[type(row)], name_of, as_json, _others))


def _others(row: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = type(row)._default_manager.filter(code=row.code)
    return rows.filter(placement=row.placement) if isinstance(row, ExperienceVariant) else rows
