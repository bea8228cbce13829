""" "Show these customers": the builder of a new segment, begun with the rule that chooses them."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse
from django.utils.http import urlencode

from predictions.cohorts import By, days_of_period
from segments.models import AppliesTo

Condition = dict[str, Any]
NEEDED = ("segments.view_segment", "segments.add_segment", "conditions.preview")


class Links:
    """Links for somebody; none for who may not build segments."""

    def __init__(self, user: User | AnonymousUser) -> None:
        self._may_show = user.has_perms(NEEDED)

    def to(self, name: str, conditions: Sequence[Condition]) -> str:
        """Return the address of the builder with a segment of this name, "" where there is none.

        It is of all who fit `conditions`, guests too, whom scores are about as well. There is a
        segment when somebody saves it.
        """
        if not self._may_show:
            return ""
        tree = {"match": "all", "conditions": list(conditions)}
        given = {"name": name, "applies_to": AppliesTo.BOTH.value, "conditions": json.dumps(tree)}
        return f"{reverse('admin:segments_segment_add')}?{urlencode(given)}"


def is_value(attribute: str, value: str | int) -> Condition:
    """Return the condition that an attribute has a value."""
    return {"attribute": attribute, "operator": "is", "value": value}


def of_cohort(by: By, label: str, later: int) -> list[Condition]:
    """Return who first bought in the period `label`, and again in the one that is so many later."""
    first = {"relation": "sales", "aggregate": "min", "of": "order.created_at"}
    first |= _between(days_of_period(by, label, 0))
    if not later:
        return [first]
    again = {"attribute": "order.created_at"} | _between(days_of_period(by, label, later))
    return [first, {"relation": "sales", "match": "all", "conditions": [again]}]


def _between(days: tuple[date, date]) -> Condition:
    return {"operator": "between", "value": [day.isoformat() for day in days]}
