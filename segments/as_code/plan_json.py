"""Plans as JSON: a report for other programs, and the file that apply reads."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Invalid
from core.text.json_documents import read_document
from segments.as_code.carrying_out import Drift
from segments.as_code.documents import Change
from segments.as_code.files import FORMAT
from segments.as_code.planning import CHANGE, CREATE, DELETE, Action, Plan
from segments.rules.users import Uses

# A plan has the definitions of all files.
PLAN_LIMIT = 256 * 1024 * 1024


class UnreadablePlan(ValueError):
    """The file contains no plan."""


def report_of(plan: Plan) -> dict[str, Any]:
    """Return `plan` as a JSON object: actions with changes of members and usages, drift, counts."""
    return {
        "project": plan.project,
        "as_of": plan.as_of.isoformat(),
        "actions": [_action(one) for one in plan.actions],
        "drift": [_drift(drift) | _action(action) for drift, action in plan.drift],
        "summary": {
            "create": plan.count(CREATE),
            "change": plan.count(CHANGE),
            "delete": plan.count(DELETE),
            "unchanged": plan.unchanged,
            "unmanaged": plan.unmanaged,
        },
    }


def _action(one: Action) -> dict[str, Any]:
    return {
        "action": one.action,
        "code": one.code,
        "changes": [_change(change) for change in one.changes],
        "takes_over": one.takes_over,
        "members": one.members
        and {
            "before": one.members.before,
            "after": one.members.after,
            "entered": one.members.entering,
            "left": one.members.leaving,
        },
        "used_by": [use for uses in one.used_by for use in _uses(uses)],
        "blocked_by": _protection(one) + [use for uses in one.blocked_by for use in _uses(uses)],
    }


def _protection(one: Action) -> list[dict[str, str]]:
    return [{"kind": "protect", "code": one.code, "name": one.name}] if one.is_protected else []


def _change(change: Change) -> dict[str, Any]:
    return {"path": change.path, "from": change.before, "to": change.after}


def _uses(uses: Uses) -> list[dict[str, str]]:
    return [{"kind": uses.users.name, "code": use.code, "name": use.name} for use in uses.rows]


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "by": drift.by,
        "at": drift.at and drift.at.isoformat(),
        "version": drift.version,
        "applied": drift.applied,
    }


def stored_plan(plan: Plan) -> dict[str, Any]:
    """Return the JSON object from which `read_plan` restores the plan."""
    return {
        "tranche_plan": FORMAT,
        "project": plan.project,
        "as_of": plan.as_of.isoformat(),
        "documents": list(plan.documents),
        "states": dict(plan.states),
    }


def read_plan(data: bytes) -> Plan:
    """Return the plan in `data`, without actions, which apply does not need.

    Raises UnreadablePlan where `data` is not the JSON of `stored_plan`.
    """
    try:
        stored = read_document(data, limit=PLAN_LIMIT)
        if not isinstance(stored, Mapping) or stored.get("tranche_plan") != FORMAT:
            raise TypeError
        documents, states = stored["documents"], stored["states"]
        if not all(isinstance(one, Mapping) for one in (*documents, states)):
            raise TypeError
        at = datetime.fromisoformat(stored["as_of"])
        return Plan(str(stored["project"]), at, [], [], [], 0, 0, documents, states)
    except (Invalid, KeyError, TypeError, ValueError) as error:
        raise UnreadablePlan(_("This is no plan of plan_definitions --out.")) from error
