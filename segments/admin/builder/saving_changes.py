"""The changes that saving the builder's definition would make, shown before saving."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from conditions.sql.scope import scope_of
from core.database.time_limit import TookTooLong
from core.text.json_documents import read_document
from segments.insight.previews.member_changes import members_by
from segments.models import Segment
from segments.rules.between_versions import differences
from segments.rules.definition import Definition, definition_of
from segments.rules.evaluation.rule import Rule


def saving_changes(request: HttpRequest, segment: Segment, context: dict[str, Any]) -> JsonResponse:
    """Return as JSON the `differences` in words, and `members`: how many before, after, entering
    and leaving (null where counting takes too long).

    The body is a definition: `name`, `description`, `conditions`, `websites` and `customer_groups`
    (codes), `applies_to`. The status is 400, with `detail`, for an invalid definition.
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
        rule = Rule(scope, tree, segment.pk, segment.overrides.exists())
        members = members_by(rule, segment)
    except (TookTooLong, DatabaseError):
        members = None
    shown = None if members is None else asdict(members)
    return JsonResponse({"differences": [asdict(one) for one in changed], "members": shown})
