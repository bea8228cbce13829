"""What variants say: as values, as JSON, and on their rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from personalization.editing.rows import plain, values_of
from personalization.models import ExperienceVariant


@dataclass(frozen=True)
class VariantSays:
    """All of a variant but its code; instants are aware, the end is not included."""

    audience: Mapping[str, Any] | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False
    priority: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_active: bool = True
    content: Mapping[str, Any] = field(default_factory=dict)


def said_by(row: ExperienceVariant) -> dict[str, Any]:
    """Return what a row says, by the names of the definition's fields."""
    return values_of(VariantSays, row)


def as_json(row: ExperienceVariant) -> dict[str, Any]:
    """Return a row as the API and the audit log have it."""
    return {"code": row.code, **{name: plain(value) for name, value in said_by(row).items()}}
