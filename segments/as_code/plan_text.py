"""A plan as text for the terminal and for reviews."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from core.text.formats import number_shown
from segments.as_code.carrying_out import Drift
from segments.as_code.planning import CHANGE, CREATE, DELETE, Action, Plan
from segments.rules.users import Uses

SIGNS = {CREATE: "+", CHANGE: "~", DELETE: "-"}
CODE_WIDTH, NAME_WIDTH = 14, 30


def warning_lines(plan: Plan) -> Iterator[str]:
    """Yield the warnings of the saves of `plan`."""
    for warning in plan.warnings:
        yield _("Warning: %(warning)s") % {"warning": warning}


def plan_lines(plan: Plan, *, members: bool = True) -> Iterator[str]:
    """Yield the lines of `plan`, sorted by code, then its sum; `members` includes their changes."""
    entries: list[tuple[Drift | None, Action]] = [(None, one) for one in plan.actions]
    entries += plan.drift
    for drift, action in sorted(entries, key=lambda entry: entry[1].code):
        if drift is not None:
            yield f"! {action.code:<{CODE_WIDTH}} {_said_of(drift)}"
        yield from _action_lines(action, is_drifted=drift is not None, members=members)
    yield _sum(plan)


def _action_lines(action: Action, *, is_drifted: bool, members: bool) -> Iterator[str]:
    notes = []
    if action.takes_over:
        notes.append(_("takes over"))
    if action.action == DELETE:
        notes.append(_("needs --delete"))
    head = f"{SIGNS[action.action]} {action.code:<{CODE_WIDTH}} "
    if not is_drifted:
        yield f"{head}{action.name:<{NAME_WIDTH}} {', '.join(notes)}".rstrip()
    for change in action.changes:
        yield f"    {change.path}  {_value(change.before)} -> {_value(change.after)}"
    if action.action != DELETE:
        used = _names(action.used_by)
        parts = [_members(action)] if members else []
        parts += [_("used by: %(users)s") % {"users": used}] if used else []
        if parts:
            yield f"    {'     '.join(parts)}"
    if action.is_protected:
        yield "    " + _("blocked: protect")
    if action.blocked_by:
        yield "    " + _("blocked: used by %(users)s") % {"users": _names(action.blocked_by)}


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _members(action: Action) -> str:
    members = action.members
    if members is None:
        return _("members unknown")
    said = _("members %(before)s -> %(after)s") % {
        "before": number_shown(members.before),
        "after": number_shown(members.after),
    }
    if action.action == CREATE:
        return said
    return f"{said}   (+{number_shown(members.entering)} -{number_shown(members.leaving)})"


def _names(uses: Sequence[Uses]) -> str:
    return "; ".join(f"{one.users.label} {', '.join(use.code for use in one.rows)}" for one in uses)


def _said_of(drift: Drift) -> str:
    return _("changed by %(author)s, %(at)s, version %(version)d (applied: %(applied)d)") % {
        "author": drift.by or "–",
        "at": f"{localtime(drift.at):%Y-%m-%d %H:%M}" if drift.at else "–",
        "version": drift.version,
        "applied": drift.applied,
    }


def _sum(plan: Plan) -> str:
    return _(
        "Plan: %(create)d to create, %(change)d to change, %(delete)d to delete, "
        "%(drifted)d drifted; %(unchanged)d unchanged, %(unmanaged)d not managed here."
    ) % {
        "create": plan.count(CREATE),
        "change": plan.count(CHANGE),
        "delete": plan.count(DELETE),
        "drifted": len(plan.drift),
        "unchanged": plan.unchanged,
        "unmanaged": plan.unmanaged,
    }
