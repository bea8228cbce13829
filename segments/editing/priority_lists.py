"""Priority lists as a resource: the fields that may be written, the consequences and the usages."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.upkeep.stored_trees import rows_naming
from core.problems import Problem
from core.resources.fields import CodesField
from core.resources.resource import Saved
from core.resources.serializers import ResourceSerializer, checks
from segments.audit import PRIORITY_LIST as SUBJECT
from segments.engine.dependents import dependents_of
from segments.engine.refreshes.runs import leave_to_refresh
from segments.models import ChangeReason, PriorityList, Segment
from segments.rules.followers import WHEN_DEFINED
from segments.rules.in_conditions.references import (
    PRIORITY_LIST,
    ListedSegments,
    lists_in,
    segments_asking_for,
    trees_behind,
)
from segments.rules.users import NamesSegments, Use, UsersOfSegments

MOST_SEGMENTS = 100


class PriorityListSerializer(ResourceSerializer):
    """Segments in an order: the first whose member a customer is counts."""

    segments = CodesField(
        of=Segment, unknown="unknown_segment", allow_empty=False, max_length=MOST_SEGMENTS
    )

    class Meta:
        model = PriorityList
        fields: ClassVar = ["code", "name", "segments", "version"]

    @checks("segments")
    def no_segment_asks_for_the_list(self, row: PriorityList) -> Iterator[Problem]:
        lists = ListedSegments({row.code: row.segments})
        if not self._leads_back(row, row.segments, lists):
            return
        for index, code in enumerate(row.segments):
            if self._leads_back(row, [code], lists):
                text = _("That would be a circle: “%(code)s” asks for this list.")
                path = f"segments[{index}]"
                yield Problem(path, "circular_segment", text % {"code": code})

    def _leads_back(self, row: PriorityList, codes: list[str], lists: ListedSegments) -> bool:
        trees = trees_behind(codes, lists)
        return any(row.code in lists_in(tree) for tree in trees.values())


class PriorityLists(NamesSegments):
    """All priority lists; when a list changes, the segments that refer to it are refreshed."""

    serializer = PriorityListSerializer
    subject = SUBJECT
    usual_code = "list"

    def users(self, row: PriorityList) -> list[str]:
        return rows_naming(f"{PRIORITY_LIST}{row.code}")

    def store(self, serializer: ResourceSerializer, *, author: Any) -> Saved:
        before: Any = serializer.instance
        saved = super().store(serializer, author=author)
        if before is None or saved.row.segments == before.segments:
            return saved
        return Saved(saved.row, (*saved.warnings, *_follow(saved.row, author)))


def _follow(row: PriorityList, author: Any) -> list[Problem]:
    """Owe a refresh to the segments that refer to a changed list, as if they were redefined.

    Return the problems that the hooks in `WHEN_DEFINED` report.
    """
    asking = segments_asking_for(row.code)
    owed = [*asking, *dependents_of(asking)]
    leave_to_refresh(owed, requested_by=author, reason=ChangeReason.DEFINITION)
    redefined = asking or Segment.objects.filter(code=row.segments[0])
    return [
        problem
        for segment in redefined
        for follow in WHEN_DEFINED
        for problem in follow(segment, author=author)
    ]


def _lists_with(segment: Segment) -> list[Use]:
    candidates = PriorityList.objects.filter(segments__icontains=f'"{segment.code}"')
    return [
        Use(
            row,
            code=row.code,
            name=row.name,
            url=reverse("admin:segments_prioritylist_change", args=[row.pk]),
        )
        for row in candidates
        if segment.code in row.segments
    ]


USED_BY_LISTS = UsersOfSegments(
    "priority_lists",
    gettext_lazy("Priority lists"),
    _lists_with,
    ("segments.view_prioritylist",),
)
PRIORITY_LISTS = PriorityLists()
