"""What a rule says: all that can be written of it, as values, as JSON, and on its row."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from personalization.models import PersonalizationRule

# Where recommendations are shown.
CONTEXTS = ("homepage", "product_detail_page", "category", "cart", "email")


@dataclass(frozen=True)
class Definition:
    """All of a rule but its code. None: the rule does not say."""

    name: str
    is_active: bool = True
    # "": all.
    website: str = ""
    contexts: tuple[str, ...] = ()
    # From the one instant until just before the other.
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    audience: Mapping[str, Any] | None = None
    priority: int = 0
    exclude: tuple[str, ...] = ()
    bought_recently_days: int | None = None
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    # A share of the price, from 0 to 1.
    min_margin: Decimal | None = None
    max_per_category: int | None = None
    prefer_high_margin: bool | None = None
    respect_brand_preferences: bool | None = None


NAMES = tuple(field.name for field in fields(Definition))
LISTS = ("contexts", "exclude", "brands", "categories")
INSTANTS = ("starts_at", "ends_at")


def definition_of(rule: PersonalizationRule) -> Definition:
    """Return what `rule` says as it is stored."""
    values = {name: getattr(rule, name) for name in NAMES}
    return Definition(**(values | {name: tuple(values[name]) for name in LISTS}))


def as_json(definition: Definition) -> dict[str, Any]:
    """Return `definition` as its version row and the API have it: instants and numbers as texts."""
    values = asdict(definition)
    values |= {name: list(values[name]) for name in LISTS}
    values |= {name: at.isoformat() if (at := values[name]) else None for name in INSTANTS}
    margin = definition.min_margin
    return values | {"min_margin": None if margin is None else f"{margin.normalize():f}"}
