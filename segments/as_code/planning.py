"""Computes a plan: carries out the saves as apply does, and rolls them back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from core.clock import now
from core.database.time_limit import TookTooLong
from segments.as_code.carrying_out import Drift, Missing, Outcome, carry_out
from segments.as_code.documents import Change
from segments.as_code.files import Directory, FileProblem
from segments.insight.previews.member_changes import MemberChanges, members_by
from segments.insight.previews.preview import rule_from
from segments.models import RefreshMode, Segment
from segments.rules.in_conditions.references import ListedSegments, reachable_codes
from segments.rules.users import Uses, uses_of

LIST = RefreshMode.LIST
CREATE, CHANGE, DELETE = "create", "change", "delete"


@dataclass(frozen=True)
class Action:
    """One action of apply. `members` is None where the changes of members are unknown."""

    action: str
    code: str
    name: str
    changes: Sequence[Change] = ()
    takes_over: bool = False
    members: MemberChanges | None = None
    used_by: Sequence[Uses] = ()
    is_protected: bool = False
    blocked_by: Sequence[Uses] = ()


@dataclass(frozen=True)
class Plan:
    """The actions of apply as of an instant; `drift` has those for segments that have drifted.

    `documents` are the files as they would be stored; `states` detect changes made since
    (`segments.as_code.documents.state_of`).
    """

    project: str
    as_of: datetime
    actions: Sequence[Action]
    drift: Sequence[tuple[Drift, Action]]
    warnings: Sequence[FileProblem]
    unchanged: int
    unmanaged: int
    documents: Sequence[Mapping[str, Any]]
    states: Mapping[str, str]

    @property
    def has_changes(self) -> bool:
        """Return whether there are actions for segments that have not drifted."""
        return bool(self.actions)

    def count(self, action: str) -> int:
        """Return the number of actions of this kind, not counting drifted segments."""
        return sum(one.action == action for one in self.actions)


def plan_of(
    directory: Directory, *, members: bool = True, expected: Mapping[str, str] | None = None
) -> Plan:
    """Return the plan for applying `directory`; with `members`, how many would enter and leave.

    Raises InvalidFiles, and StateChanged where segments are not in the state that an earlier plan
    `expected`. Members are counted without locks on definitions, except for segments that refer to
    other segments that change.
    """
    as_of = now()
    with transaction.atomic():
        result = carry_out(directory, expected)
        changed = {one.code for one in result.outcomes if not one.is_unchanged}
        follow = _following(changed) if members else set()
        counted = {one.code: _members(one) for one in result.outcomes if one.code in follow}
        used_by = {one.code: _uses(one) for one in result.outcomes if one.code in changed}
        transaction.set_rollback(True)
    if members:
        alone = changed - follow
        counted |= {one.code: _members(one) for one in result.outcomes if one.code in alone}
    found = [
        (one.drift, _action(one, counted.get(one.code), used_by[one.code]))
        for one in result.outcomes
        if not one.is_unchanged
    ]
    found += [(one.drift, _deletion(one)) for one in result.missing]
    found.sort(key=lambda one: one[1].code)
    return Plan(
        directory.project,
        as_of,
        [action for drift, action in found if drift is None],
        [(drift, action) for drift, action in found if drift is not None],
        [warning for one in result.outcomes for warning in one.warnings],
        sum(one.is_unchanged for one in result.outcomes),
        result.unmanaged,
        [one.after for one in result.outcomes],
        result.states,
    )


def _following(changed: set[str]) -> set[str]:
    """Return those of `changed` that refer to others of them, directly or indirectly."""
    trees, lists = dict(Segment.objects.values_list("code", "conditions")), ListedSegments()
    return {code for code in changed if reachable_codes(code, trees, lists) & changed - {code}}


def _action(outcome: Outcome, members: MemberChanges | None, used_by: Sequence[Uses]) -> Action:
    return Action(
        CREATE if outcome.before is None else CHANGE,
        outcome.code,
        outcome.after["name"],
        outcome.changes,
        outcome.takes_over,
        members,
        used_by,
    )


def _deletion(missing: Missing) -> Action:
    segment = missing.segment
    count = segment.memberships.count()
    return Action(
        DELETE,
        segment.code,
        segment.name,
        members=MemberChanges(count, 0, 0, count),
        is_protected=missing.is_protected,
        blocked_by=missing.uses,
    )


def _uses(outcome: Outcome) -> Sequence[Uses]:
    return uses_of(Segment.objects.get(code=outcome.code), None)


def _members(outcome: Outcome) -> MemberChanges | None:
    """Return how the members of a segment would change; None where counting takes too long."""
    document = outcome.after
    segment: Segment | None = Segment.objects.filter(code=outcome.code).first()
    if not document["is_active"] or (segment is None and document["refresh_mode"] == LIST):
        # An inactive segment is not refreshed, and a new list is empty.
        count = segment.memberships.count() if segment else 0
        return MemberChanges(count, count, 0, 0)
    try:
        rule = rule_from(
            document["conditions"],
            websites=document["websites"],
            customer_groups=document["customer_groups"],
            applies_to=document["applies_to"],
            segment=segment,
        )
        return members_by(rule, segment)
    except (TookTooLong, DatabaseError):
        return None
