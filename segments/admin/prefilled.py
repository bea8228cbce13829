"""Links to the builder of a new segment with prefilled conditions: numbers lead to customers."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.http import urlencode

from segments.models import AppliesTo, Segment

NEEDED = ("segments.view_segment", "segments.add_segment", "conditions.preview")


def builder_url(
    user: User | AnonymousUser,
    name: str,
    conditions: Sequence[dict[str, Any]],
    applies_to: str = AppliesTo.BOTH,
) -> str:
    """Return the URL of the builder for a new segment of customers who fit all `conditions`.

    The segment only exists once the user saves it. Return "" for a user who may not build segments.
    """
    if not user.has_perms(NEEDED):
        return ""
    tree = json.dumps({"match": "all", "conditions": list(conditions)})
    given = {"name": name, "applies_to": applies_to, "conditions": tree}
    return f"{reverse('admin:segments_segment_add')}?{urlencode(given)}"


def is_in_all(segments: Collection[Segment]) -> list[dict[str, Any]]:
    """Return the conditions that customers are in each of `segments`."""
    return [{"attribute": "segment", "operator": "is", "value": one.code} for one in segments]


def is_in_none(segments: Collection[Segment]) -> list[dict[str, Any]]:
    """Return the conditions that customers are in none of `segments`."""
    codes = [one.code for one in segments]
    none = {"attribute": "segment", "operator": "is_not_one_of", "value": codes}
    return [none] if codes else []
