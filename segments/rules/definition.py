"""What a version of a segment says, and how a segment is treated."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from segments.models import AppliesTo, RefreshMode, Segment


@dataclass(frozen=True)
class Definition:
    """What a version of a segment says; websites and customer groups by their codes."""

    name: str
    description: str = ""
    conditions: Any = None
    websites: tuple[str, ...] = ()
    customer_groups: tuple[str, ...] = ()
    applies_to: str = AppliesTo.REGISTERED


@dataclass(frozen=True)
class Handling:
    """How a segment is treated; not part of its versions."""

    refresh_mode: str = RefreshMode.AUTO
    is_active: bool = True
    priority: int = 0
    # A cron expression; empty: every night.
    refresh_schedule: str = ""
    tags: tuple[str, ...] = ()


def definition_of(segment: Segment) -> Definition:
    """Return the stored definition of `segment`."""
    return Definition(
        name=segment.name,
        description=segment.description,
        conditions=segment.conditions,
        websites=tuple(website.code for website in segment.websites.all()),
        customer_groups=tuple(group.code for group in segment.customer_groups.all()),
        applies_to=segment.applies_to,
    )


def definition_from(stored: Mapping[str, Any]) -> Definition:
    """Return the definition that a version row holds."""
    lists = ("websites", "customer_groups")
    return Definition(**{**stored, **{name: tuple(stored[name]) for name in lists}})


def handling_of(segment: Segment) -> Handling:
    """Return how `segment` is treated now."""
    return Handling(
        refresh_mode=segment.refresh_mode,
        is_active=segment.is_active,
        priority=segment.priority,
        refresh_schedule=segment.refresh_schedule,
        tags=tags_of(segment),
    )


def document_of(segment: Segment) -> dict[str, Any]:
    """Return all that is written of a stored `segment`, as JSON values by their names."""
    return as_json(definition_of(segment)) | asdict(handling_of(segment))


def tags_of(segment: Segment) -> tuple[str, ...]:
    """Return the tags of `segment`, by the alphabet; none of one that is not stored yet."""
    return () if segment.pk is None else tuple(one.tag for one in segment.tags.all())


def parts_of(values: Mapping[str, Any]) -> tuple[Definition, Handling]:
    """Return what the values of a whole document say of a segment."""
    handled = {one.name: values[one.name] for one in fields(Handling)}
    defined = {one.name: values[one.name] for one in fields(Definition)}
    return definition_from(defined), Handling(**handled)


def as_json(definition: Definition) -> dict[str, Any]:
    """Return `definition` as its version row holds it."""
    lists = ("websites", "customer_groups")
    return {**asdict(definition), **{name: list(getattr(definition, name)) for name in lists}}
