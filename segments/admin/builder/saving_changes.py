"""What saving the builder's definition would change, shown just before it is saved."""

import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from conditions.errors import InvalidTree
from conditions.nodes.tree import Group
from conditions.parse import parse_tree
from conditions.sql.scope import Scope, scope_of
from core.clock import now
from core.database.snapshot import read_snapshot
from core.database.time_limit import TookTooLong, time_limit
from core.text.json_documents import read_document
from segments.models import Segment
from segments.rules.between_versions import differences
from segments.rules.definition import Definition, definition_of
from segments.rules.rule import Rule


def saving_changes(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> JsonResponse:
    """Return as JSON the `differences` in words, and `members`: how many before, after, entering
    and leaving (null where counting takes too long).

    The body is a definition: `name`, `description`, `conditions`, `websites` and `customer_groups`
    (codes), `applies_to`. 400 with `detail` where it is none.
    """
    try:
        body = read_document(request.body, limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        definition = Definition(**body)
        scope = scope_of(definition.websites, definition.customer_groups, definition.applies_to)
        tree = parse_tree(definition.conditions, segment=segment.code)
        changed = differences(definition_of(segment), definition)
    except (InvalidTree, ValueError, TypeError) as error:
        return JsonResponse({"detail": str(error)}, status=400)
    try:
        members = _members(segment, scope, tree)
    except (TookTooLong, DatabaseError):
        members = None
    return JsonResponse({"differences": [asdict(one) for one in changed], "members": members})


def _members(segment: Segment, scope: Scope, tree: Group) -> dict[str, int]:
    deadline = time.monotonic() + settings.PREVIEW_TIMEOUT_SECONDS
    with read_snapshot():
        rule = Rule(scope, tree, segment.pk, segment.overrides.exists())
        wanted = rule.customers(as_of=now())
        with time_limit(deadline):
            before = segment.memberships.count()
        with time_limit(deadline):
            after = wanted.count()
        with time_limit(deadline):
            staying = wanted.filter(pk__in=segment.memberships.values("customer")).count()
    return {
        "before": before,
        "after": after,
        "entering": after - staying,
        "leaving": before - staying,
    }
