"""The only code that stores definitions: validates everything, then stores a new version."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from conditions.errors import InvalidTree
from conditions.parsing.warnings import known_of_nobody
from core.access.website_limits import OutsideWebsites, is_limited, websites_of
from core.audit import Program, account_of, record
from core.clock import now
from core.problems import Invalid, Problem
from core.text.codes import free_code
from core.text.typed_names import name_problem
from customers.models import AuditAction, AuditSubject, CustomerGroup, Website
from segments.database.locks import lock_definitions
from segments.editing.tagging import settled_tags, store_tags
from segments.engine.dependents import dependents_of
from segments.engine.refreshes.runs import leave_to_refresh, lift_quarantine
from segments.models import ChangeReason, RefreshMode, Segment, SegmentVersion, empty_tree
from segments.rules.definition import (
    Definition,
    Handling,
    as_json,
    document_of,
    handling_of,
)
from segments.rules.followers import WHEN_DEFINED, tell_switched_on
from segments.rules.in_conditions.list_tree import check_no_rules
from segments.rules.website_limits.visible_references import parse_within
from segments.rules.website_limits.websites import check_segment

# The API uses these words in the place of a segment's code in addresses.
RESERVED_CODES = frozenset({"overlap", "preview"})


class InvalidDefinition(Invalid):
    """A definition that is refused; `by_field` has all problems of each invalid field."""

    def __init__(self, by_field: Mapping[str, list[Problem]]) -> None:
        self.by_field = dict(by_field)
        super().__init__([problem for found in by_field.values() for problem in found])


class VersionConflict(ValueError):
    """Another user has saved a newer version in the meantime; nothing was written."""

    def __init__(self, segment: Segment, opened: int) -> None:
        self.segment = segment
        super().__init__(
            _(
                "Somebody else has saved version %(stored)d while you were working on version "
                "%(opened)d."
            )
            % {"stored": segment.version, "opened": opened}
        )


@dataclass(frozen=True)
class Saved:
    """A stored segment, whether its definition changed, and the warnings about its conditions."""

    segment: Segment
    changed: bool
    warnings: tuple[Problem, ...]


def create_segment(
    definition: Definition, handling: Handling | None = None, *, code: str = "", author: Any
) -> Saved:
    """Store a new segment as its version 1; without `code`, the code is derived from the name.

    Raises InvalidDefinition with every problem found; nothing is stored then.
    """
    with transaction.atomic():
        lock_definitions()
        code = code or free_code(
            definition.name, Segment.objects.all(), otherwise="segment", reserved=RESERVED_CODES
        )
        segment = Segment(code=code, created_by=account_of(author))
        return _store(segment, definition, handling or Handling(), author)


def save_segment(
    segment: Segment,
    definition: Definition,
    handling: Handling | None = None,
    *,
    author: Any,
    opened_version: int | None = None,
) -> Saved:
    """Store `definition` as a new version of `segment`, if it differs from the stored one.

    `opened_version` is the version that the author started from. Raises VersionConflict where that
    is no longer the stored one, and InvalidDefinition with every problem found; nothing is stored
    then. Without `handling`, the handling stays unchanged. The code never changes.
    """
    with transaction.atomic():
        lock_definitions()
        stored = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
        if opened_version is not None and opened_version != stored.version:
            raise VersionConflict(stored, opened_version)
        return _store(stored, definition, handling or handling_of(stored), author)


def check(definition: Definition, *, segment: Segment | None = None) -> Sequence[Problem]:
    """Return the warnings that saving `definition` would give; store nothing.

    `segment` is the one whose definition it would be. Raises InvalidDefinition.
    """
    scratch = copy(segment) if segment else Segment()
    return _check_definition(scratch, definition, handling_of(scratch))[2]


def _store(segment: Segment, wanted: Definition, handling: Handling, author: Any) -> Saved:
    is_new, was_active = segment._state.adding, segment.is_active
    was_kept = segment.is_automatic
    wanted = _limit_definition(segment, wanted, author)
    before = None if is_new else document_of(segment)
    definition, handling, warnings = _check_definition(segment, wanted, handling, author)
    after = as_json(definition)
    changed = before is None or any(before[name] != after[name] for name in after)
    segment.version += changed
    is_new_list = is_new and segment.is_list
    if is_new_list:
        # A new list is empty, so it needs no refresh.
        segment.members_version = segment.version
        segment.refreshed_at = segment.as_of = now()
    segment.save()
    segment.websites.set(Website.objects.filter(code__in=definition.websites))
    segment.customer_groups.set(CustomerGroup.objects.filter(code__in=definition.customer_groups))
    store_tags(segment, handling.tags)
    if changed:
        SegmentVersion.objects.create(
            segment=segment,
            number=segment.version,
            definition=after,
            author=account_of(author),
            program=author.name if isinstance(author, Program) else "",
            created_at=now(),
        )
    record(
        author,
        AuditAction.CREATED if is_new else AuditAction.CHANGED,
        AuditSubject.SEGMENT,
        segment.code,
        before=before,
        after=after | asdict(handling),
    )
    if segment.is_active and not was_active and not is_new:
        tell_switched_on(segment)
    owed = []
    is_redefined = changed or segment.is_active != was_active
    if not is_new and is_redefined:
        owed += dependents_of([segment])
    if changed:
        lift_quarantine(segment)  # The old definition failed.
    if segment.is_automatic and not is_new_list and (changed or not was_kept):
        owed.append(segment)
    reason = ChangeReason.DEFINITION if is_redefined else ChangeReason.REFRESH
    leave_to_refresh(owed, requested_by=account_of(author), reason=reason)
    if changed:
        user = account_of(author)
        told = (one for follow in WHEN_DEFINED for one in follow(segment, author=user))
        warnings = (*warnings, *told)
    return Saved(segment, changed, warnings)


def _limit_definition(segment: Segment, wanted: Definition, author: Any) -> Definition:
    """Return `wanted` within the websites to which the author is limited, if any.

    A new segment without websites gets those of the limit. Raises OutsideWebsites where `segment`
    or `wanted` has other websites than the limit.
    """
    websites = websites_of(author)
    if websites is None:
        return wanted
    if not segment._state.adding:
        check_segment(author, segment)
    codes = dict(Website.objects.filter(pk__in=sorted(websites)).values_list("code", "pk"))
    if segment._state.adding and not wanted.websites:
        wanted = replace(wanted, websites=tuple(codes))
    if not wanted.websites or not codes.keys() >= set(wanted.websites):
        raise OutsideWebsites
    return wanted


def _check_definition(
    segment: Segment, wanted: Definition, handling: Handling, author: Any = None
) -> tuple[Definition, Handling, tuple[Problem, ...]]:
    """Assign the values to `segment`; return them as they are stored, and the tree's warnings.

    Raises InvalidDefinition with every problem found.
    """
    problems = _mode_problems(segment, handling)
    definition = replace(
        wanted,
        name=wanted.name.strip(),
        websites=_known_codes(Website, "websites", wanted.websites, problems),
        customer_groups=_known_codes(
            CustomerGroup, "customer_groups", wanted.customer_groups, problems
        ),
        applies_to=str(wanted.applies_to),
    )
    warnings: tuple[Problem, ...] = ()
    tree = empty_tree() if wanted.conditions is None else wanted.conditions
    try:
        group = parse_within(
            *(tree, websites_of(author)), segment=segment.code or None, stored=segment.conditions
        )
        if handling.refresh_mode == RefreshMode.LIST and not problems:
            check_no_rules(group)
        definition = replace(definition, conditions=group.json)
        # A list has no conditions that could be warned about.
        if handling.refresh_mode != RefreshMode.LIST:
            # The existence of a value reveals data of customers of all websites.
            unknown = () if is_limited(author) else known_of_nobody(group)
            warnings = (*group.warnings, *unknown)
    except InvalidTree as error:
        problems["conditions"] = list(error.problems)
    if definition.name not in ("", segment.name) and (wrong_name := name_problem(definition.name)):
        problems["name"] = [wrong_name.below("name")]
    tags, wrong = settled_tags(handling.tags, segment if segment.pk else None)
    if wrong:
        problems["tags"] = wrong
    handling = replace(handling, tags=tags)
    columns = ("name", "description", "conditions", "applies_to")
    values = {name: getattr(definition, name) for name in columns} | asdict(handling)
    for name, value in values.items():
        if name != "tags":  # Rows of their own.
            setattr(segment, name, value)
    _check_columns(segment, problems)
    if segment._state.adding and segment.code in RESERVED_CODES:
        text = _("“%(code)s” is an address of the API: choose another code.")
        problem = Problem("code", "reserved", text % {"code": segment.code})
        problems.setdefault("code", []).append(problem)
    if problems:
        raise InvalidDefinition(problems)
    return definition, handling, warnings


def _mode_problems(segment: Segment, handling: Handling) -> dict[str, list[Problem]]:
    is_list = handling.refresh_mode == RefreshMode.LIST
    if segment._state.adding or segment.is_list == is_list:
        return {}
    message = _("A segment with a list keeps it, and no other gets one: make a new segment.")
    return {"refresh_mode": [Problem("refresh_mode", "mode", message)]}


def _known_codes(
    model: type[Website] | type[CustomerGroup],
    field: str,
    codes: Iterable[str],
    problems: dict[str, list[Problem]],
) -> tuple[str, ...]:
    codes = list(codes)
    known = tuple(
        model._default_manager.filter(code__in=codes).values_list("code", flat=True).order_by("pk")
    )
    unknown = [
        Problem(
            f"{field}[{index}]", "unknown_choice", _("There is no “%(code)s”.") % {"code": code}
        )
        for index, code in enumerate(codes)
        if code not in known
    ]
    if unknown:
        problems[field] = unknown
    return known


def _check_columns(segment: Segment, problems: dict[str, list[Problem]]) -> None:
    try:
        # The parser has checked the conditions; a missing code is generated later.
        exclude = {"conditions", "created_by"} | ({"code"} if not segment.code else set())
        segment.full_clean(exclude=exclude)
    except ValidationError as error:
        for field, found in error.error_dict.items():
            problems.setdefault(field, []).extend(
                Problem(field, str(one.code or "invalid"), str(one.messages[0])) for one in found
            )
