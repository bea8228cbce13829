"""The only way in for placements, variants and content: all is checked, stored and audited."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers.audit import record
from customers.models import AuditAction
from customers.problems import Problem
from personalization.experiences.audit import CONTENT, PLACEMENT, VARIANT
from personalization.experiences.checking import (
    Checked,
    InvalidExperience,
    check_content,
    check_placement,
    check_variant,
)
from personalization.experiences.definition import (
    ContentSays,
    PlacementSays,
    Row,
    VariantSays,
    as_json,
)
from personalization.models import ContentItem, ExperienceVariant, Placement

R = TypeVar("R", Placement, ExperienceVariant, ContentItem)
SUBJECTS: Mapping[type[Any], str] = {
    Placement: PLACEMENT,
    ExperienceVariant: VARIANT,
    ContentItem: CONTENT,
}


@dataclass(frozen=True)
class Saved:
    """A stored row, and what it warns of."""

    row: Any
    warnings: tuple[Problem, ...] = ()


def save_placement(row: Placement, says: PlacementSays, *, author: Any) -> Saved:
    """Store what `row`, a new one or a stored one, is to say; raises InvalidExperience."""

    def check(row: Placement) -> Checked:
        return check_placement(says, row)

    return _stored(row, check, author)


def save_variant(row: ExperienceVariant, says: VariantSays, *, author: Any) -> Saved:
    """Store what `row`, a new one or a stored one, is to say; raises InvalidExperience."""

    def check(row: ExperienceVariant) -> Checked:
        return check_variant(says, row)

    return _stored(row, check, author)


def save_content(row: ContentItem, says: ContentSays, *, author: Any) -> Saved:
    """Store what `row`, a new one or a stored one, is to say; raises InvalidExperience."""

    def check(row: ContentItem) -> Checked:
        return check_content(says, row)

    return _stored(row, check, author)


def delete(row: Row, *, author: Any) -> None:
    """Delete a row for `author`, a placement with its variants; what was shown stays counted."""
    with transaction.atomic():
        if isinstance(row, Placement):
            for variant in row.variants.select_related("placement"):
                delete(variant, author=author)
        record(author, AuditAction.DELETED, SUBJECTS[type(row)], name_of(row), before=as_json(row))
        row.delete()


def locked(row: R) -> R:
    """Return the stored row, which nobody changes until the transaction is over."""
    rows = type(row)._default_manager.select_for_update(no_key=True, of=("self",))
    found: R = rows.get(pk=row.pk)
    return found


def name_of(row: Row) -> str:
    """Return what the audit log calls a row."""
    return f"{row.placement.code}/{row.code}" if isinstance(row, ExperienceVariant) else row.code


def _stored(row: R, check: Callable[[R], Checked], author: Any) -> Saved:
    if not row._state.adding:
        with transaction.atomic():
            return _store(locked(row), check, author)
    if _others(row).exists():
        raise _taken()
    try:
        with transaction.atomic():
            return _store(row, check, author)
    except IntegrityError as error:
        if _others(row).exists():  # Somebody took the code in between.
            raise _taken() from error
        raise


def _others(row: Any) -> Any:
    rows = type(row)._default_manager.filter(code=row.code)
    return rows.filter(placement=row.placement) if isinstance(row, ExperienceVariant) else rows


def _taken() -> InvalidExperience:
    return InvalidExperience([Problem("code", "unique", _("This code is taken."))])


def _store(row: Any, check: Callable[[Any], Checked], author: Any) -> Saved:
    is_new = row._state.adding
    before = None if is_new else as_json(row)
    checked = check(row)
    for field in fields(checked.says):
        value = getattr(checked.says, field.name)
        if field.name == "website":
            value = checked.website
        setattr(row, field.name, list(value) if isinstance(value, tuple) else value)
    after = as_json(row)
    if before == after:
        return Saved(row, checked.warnings)
    row.version += not is_new
    row.save()
    action = AuditAction.CREATED if is_new else AuditAction.CHANGED
    record(author, action, SUBJECTS[type(row)], name_of(row), before=before, after=after)
    return Saved(row, checked.warnings)
