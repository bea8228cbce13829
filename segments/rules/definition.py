"""The definition of a segment, which has versions, and its handling, which has none."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from segments.models import AppliesTo, RefreshMode, Segment


@dataclass(frozen=True)
class Definition:
    """The contents of a version of a segment; websites and customer groups are codes."""

    name: str
    description: str = ""
    conditions: Any = None
    websites: tuple[str, ...] = ()
    customer_groups: tuple[str, ...] = ()
    applies_to: str = AppliesTo.REGISTERED


@dataclass(frozen=True)
class Handling:
    """The settings of a segment that are not part of its versions."""

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
    """Return the definition in the JSON of a version row."""
    lists = ("websites", "customer_groups")
    return Definition(**{**stored, **{name: tuple(stored[name]) for name in lists}})


def handling_of(segment: Segment) -> Handling:
    """Return the handling of `segment`."""
    return Handling(
        refresh_mode=segment.refresh_mode,
        is_active=segment.is_active,
        priority=segment.priority,
        refresh_schedule=segment.refresh_schedule,
        tags=tags_of(segment),
    )


def document_of(segment: Segment) -> dict[str, Any]:
    """Return the definition and the handling of a stored `segment`, as JSON values by name."""
    return as_json(definition_of(segment)) | asdict(handling_of(segment))


def tags_of(segment: Segment) -> tuple[str, ...]:
    """Return the tags of `segment` in alphabetical order; none for an unsaved segment."""
    return () if segment.pk is None else tuple(one.tag for one in segment.tags.all())


def parts_of(values: Mapping[str, Any]) -> tuple[Definition, Handling]:
    """Return the definition and the handling in the values of a whole document."""
    handled = {one.name: values[one.name] for one in fields(Handling)}
    defined = {one.name: values[one.name] for one in fields(Definition)}
    return definition_from(defined), Handling(**handled)


def as_json(definition: Definition) -> dict[str, Any]:
    """Return `definition` as the JSON of a version row."""
    lists = ("websites", "customer_groups")
    return {**asdict(definition), **{name: list(getattr(definition, name)) for name in lists}}
