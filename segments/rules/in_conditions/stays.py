"""Membership over time in conditions: the relation `stays`, and the segments that refer to stays.

A customer's stays are those of the change log, that is of stored members, including lists and
overrides; the condition `segment` evaluates the current definition instead.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from conditions.attribute import Attribute, Flip
from conditions.bases.column import Column, lookup
from conditions.bases.elapsed import DaysSince
from conditions.language import types
from conditions.language.counted import days
from conditions.language.operators import Operator
from conditions.language.phrase import EventPhrase, Phrase, RowsPhrase, SpanPhrase
from conditions.language.stored_nodes import children_of, nodes_of
from conditions.language.windows import ZonedRanges
from conditions.registry import Beginning, rows
from conditions.sql.expressions import DayNumber, LocalDate
from conditions.sql.place import Context, Place, Relation
from conditions.sql.ranges import by_zone, expression_within
from conditions.sql.sources import Read, Source, columns_on_path
from conditions.sql.truth import Truth, all_hold, any_of
from segments.models import Segment, Stay
from segments.rules.in_conditions import priority_lists
from segments.rules.in_conditions.references import (
    SEGMENTS,
    STAY_SEGMENT,
    named_by,
    nodes_behind,
    trees_of,
)

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

PREFIX, RELATION = "stay.", "stays"
# Stays of single customers are shown only to users who may see members.
SEEN_BY = ("segments.view_members",)


def stays(number: int) -> str:
    """Return the noun for `number` stays."""
    return ngettext("stay", "stays", number)


STAYS = Relation(
    name=RELATION,
    label=_("Stays in segments"),
    same=_("the same stay"),
    model=Stay,
    prefix="stay",
    link="customer",
    paths={"stay": ""},
    rows=Q(is_stay=True),
    keeps=lambda stay: stay.is_stay,
    time="entered_at",
    select_related=("segment",),
    permissions=SEEN_BY,
    phrase=RowsPhrase(
        some=_("have a stay%(where)s"),
        none=_("have no stay%(where)s"),
        every=_("have stays, each of them%(where)s"),
        count=_("have %(value)s%(where)s"),
        rows=_("their stays in segments"),
        any=_("have among their stays in segments one%(where)s"),
        not_any=_("have among their stays in segments none%(where)s"),
        unit=stays,
        span=SpanPhrase(
            STAY_SEGMENT,
            "stay.entered_at",
            "stay.left_at",
            "stay.days",
            _("were in the segment %(value)s %(day)s"),
            _("were not in the segment %(value)s %(day)s"),
        ),
        event=EventPhrase(
            did=_("had a stay%(where)s"),
            did_not=_("had no stay%(where)s"),
        ),
    ),
)


@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentOfStay(Attribute):
    """The segment of a stay: a reference, as in the condition `segment`."""

    def nodes_behind(self, codes: Sequence[str], segment: str | None) -> int:
        return nodes_behind(codes, segment)

    def reads(self, source: Source) -> Iterator[Read]:
        """Yield the key of the segment; the code behind it never changes."""
        yield from columns_on_path(source, "segment")

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        return Truth(lookup(self._path(place), self.type, operator, value))

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [F(self._path(place))]

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        return (facts.follow(row, self.prefix, "segment__code"),)

    def _path(self, place: Place) -> str:
        return f"{place.path(self.prefix)}segment__code"


@dataclass(frozen=True, eq=False, kw_only=True)
class DaysOfStay(DaysSince):
    """Calendar days, in the website's zone, from entering to leaving, or to today."""

    def within(self, zoned: ZonedRanges, place: Place, context: Context) -> Truth:
        ((_all, ranges),) = zoned
        # NULL where the customer has not left.
        over = expression_within(self._days(_left_at(place), place, context), ranges)
        return any_of(all_hold(_goes_on(place), super().within(zoned, place, context)), over)

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [self._days(_left_at(place), place, context, or_today=True)]

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        for at, truth in super().flips(operator, value, place, earlier, later):
            yield at, all_hold(_goes_on(at), truth)

    def reads(self, source: Source) -> Iterator[Read]:
        for path in ("entered_at", "left_at"):
            yield from columns_on_path(source, path)

    def read(self, row: Any, facts: Facts) -> tuple[Any, ...]:
        entered, left = (facts.follow(row, self.prefix, path) for path in ("entered_at", "left_at"))
        if entered is None:
            return ()
        last = facts.clock.today if left is None else facts.clock.date_of(left)
        return ((last - facts.clock.date_of(entered)).days,)

    def _days(self, left: F, place: Place, context: Context, *, or_today: bool = False) -> Any:
        (entered,) = self._source().expressions(place, context)

        def in_zone(clock: Any) -> Any:
            last: Any = DayNumber(LocalDate(left, zone=clock.zone))
            if or_today:
                last = Coalesce(last, Value(clock.today.toordinal()))
            return last - DayNumber(LocalDate(entered, zone=clock.zone))

        return by_zone(context, place, in_zone)


def _left_at(place: Place) -> F:
    return F(f"{place.path('stay')}left_at")


def _goes_on(place: Place) -> Truth:
    """Return the condition that the customer of a stay has not left."""
    return Truth(Q(**{f"{place.path('stay')}left_at__isnull": True}), certain=True)


ENTERED_AT = Column(
    code="stay.entered_at",
    label=_("Entered"),
    type=types.DATETIME,
    relation=RELATION,
    paths=("entered_at",),
    has_common_label=True,
    permissions=SEEN_BY,
    phrase=Phrase(_("entered %(value)s")),
)
ATTRIBUTES = (
    SegmentOfStay(
        code=STAY_SEGMENT,
        label=_("Segment"),
        type=types.SEGMENT,
        relation=RELATION,
        choices=SEGMENTS,
        comparable=False,
        too_common=True,
        has_common_label=True,
        permissions=SEEN_BY,
        search_words=_("member membership was been history"),
        phrase=Phrase(
            _("in the segment %(value)s"),
            direct=_("were in the segment %(value)s at some time"),
            direct_not=_("were never in the segment %(value)s"),
        ),
    ),
    ENTERED_AT,
    Column(
        code="stay.left_at",
        label=_("Left"),
        type=types.DATETIME,
        relation=RELATION,
        paths=("left_at",),
        has_common_label=True,
        permissions=SEEN_BY,
        phrase=Phrase(
            _("left %(value)s"),
            special={"is_empty": _("that is not over"), "is_not_empty": _("that is over")},
        ),
    ),
    DaysOfStay(
        code="stay.days",
        label=_("Days in the segment"),
        type=types.INTEGER,
        relation=RELATION,
        since=ENTERED_AT,
        unit=days,
        permissions=SEEN_BY,
        search_words=_("since long duration"),
        phrase=Phrase(pgettext_lazy("length of a stay", "of %(value)s")),
    ),
)

_IN = {"attribute": STAY_SEGMENT, "operator": "is"}
_STILL = {"attribute": "stay.left_at", "operator": "is_empty"}
_MEMBER = _("member list since joined added removed")
BEGINNINGS = (
    Beginning(
        _("Has been in the segment … for at least … days"),
        rows(
            RELATION,
            "exists",
            _IN,
            _STILL,
            {"attribute": "stay.days", "operator": "gte", "value": 30},
        ),
        _MEMBER,
    ),
    Beginning(
        _("Has entered the segment … in the last … days"),
        rows(
            RELATION,
            "exists",
            _IN,
            {"attribute": "stay.entered_at", "operator": "in_last_days", "value": 7},
        ),
        _MEMBER,
    ),
    Beginning(
        _("Has left the segment … in the last … days"),
        rows(
            RELATION,
            "exists",
            _IN,
            {"attribute": "stay.left_at", "operator": "in_last_days", "value": 7},
        ),
        _MEMBER,
    ),
    Beginning(
        _("Was in the segment … on the day …"),
        rows(
            RELATION,
            "exists",
            _IN,
            {"attribute": "stay.entered_at", "operator": "on_or_before"},
            {
                "match": "any",
                "conditions": [_STILL, {"attribute": "stay.left_at", "operator": "after"}],
            },
        ),
        _("date member of earlier past"),
    ),
)
FAMILY = replace(
    priority_lists.FAMILY,
    relations=[STAYS],
    attributes=[*priority_lists.FAMILY.attributes, *ATTRIBUTES],
    beginnings=[*priority_lists.FAMILY.beginnings, *BEGINNINGS],
)


def asking_for_stays() -> QuerySet[Segment]:
    """Return the active segments whose own trees may refer to stays."""
    return Segment.objects.filter(is_active=True, conditions__icontains='"stay')


def segments_named_in_stays(segments: Collection[int]) -> set[int]:
    """Return those of the segment ids `segments` that an active segment names by `stay.segment`.

    Their entries in the change log may change the members of another segment.
    """
    named: set[str] = set().union(
        *(_named(tree) for tree in asking_for_stays().values_list("conditions", flat=True))
    )
    rows = Segment.objects.filter(pk__in=segments, code__in=named) if named else ()
    return {row.pk for row in rows}


def segments_followed_by(segment: Segment) -> QuerySet[Segment]:
    """Return the segments, by id, whose stays are named by `segment` or by one it refers to."""
    named: set[str] = set().union(*map(_named, trees_of(segment)))
    return Segment.objects.exclude(pk=segment.pk).filter(code__in=named).order_by("pk")


def needs_refreshes(trees: Iterable[Any]) -> bool:
    """Return whether only refreshes bring a segment with these trees (`trees_of`) up to date.

    They do if one of the trees refers to stays without naming segments: these include the segment's
    own stays, so each entry in the log could change its members again.
    """
    return any(map(_is_open, trees))


def _named(tree: Any) -> set[str]:
    """Return the codes of the segments whose stays a stored tree names."""
    asking = (node for node in nodes_of(tree) if node.get("attribute") != "segment")
    return {code for node in asking for code in named_by(node)}


def _is_open(tree: Any) -> bool:
    """Return whether a stored tree refers to stays without naming their segment."""
    if not isinstance(tree, Mapping):
        return False
    if tree.get("relation") == RELATION:
        return not _is_about_named(tree)
    code = str(tree.get("attribute", ""))
    if code.startswith(PREFIX):
        return code != STAY_SEGMENT
    return any(map(_is_open, children_of(tree)))


def _is_about_named(rows: Mapping[str, Any]) -> bool:
    """Return whether a stored relation group only refers to stays in segments that it names."""
    limit = rows.get("first", rows.get("last"))
    if limit is not None:
        # The last stays depend on all stays among which they are chosen.
        rows = limit if isinstance(limit, Mapping) else {}
    # "Every stay is one in VIP" depends on all other stays, too.
    chooses = rows.get("match", "all") == "all" and "every" not in str(rows.get("aggregate"))
    return chooses and any(map(_names_segment, rows.get("conditions") or ()))


def _names_segment(node: Any) -> bool:
    return (
        isinstance(node, Mapping)
        and node.get("attribute") == STAY_SEGMENT
        and node.get("operator") in {"is", "is_one_of"}
    )
