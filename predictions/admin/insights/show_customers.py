"""Links “Show these customers”: the builder of a new segment with prefilled conditions."""

import json
from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.http import urlencode

from predictions.analytics.parts.selection import APPLIES_TO, Condition, all_of

NEEDED = ("segments.view_segment", "segments.add_segment", "conditions.preview")


class Links:
    """Links for a user; "" for a user who may not build segments."""

    def __init__(self, user: User | AnonymousUser) -> None:
        self._may_show = user.has_perms(NEEDED)

    def to(self, name: str, conditions: Sequence[Condition]) -> str:
        """Return the URL of the builder for a new segment with this name and these conditions.

        The segment applies to customers and guests, and only exists once the user saves it. Return
        "" for a user who may not build segments.
        """
        if not self._may_show:
            return ""
        tree = json.dumps(all_of(conditions))
        given = {"name": name, "applies_to": APPLIES_TO, "conditions": tree}
        return f"{reverse('admin:segments_segment_add')}?{urlencode(given)}"
