"""References between segments: the condition `segment`, and the graph of references.

A condition on a priority list refers to all of the list's segments, a condition on `stay.segment`
to the segments that it names, and a rank to the segment whose members it compares with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conditions.attribute import Attribute, Flip
from conditions.errors import InvalidTree
from conditions.evaluator.facts import Facts
from conditions.language.choices import Called, Choices, Labels, called_by
from conditions.language.operators import Operator, Takes
from conditions.language.phrase import Phrase
from conditions.language.shared_lookups import load_shared, look_up
from conditions.language.stored_nodes import is_rank, nodes_of, population_of
from conditions.language.types import SEGMENT, Value
from conditions.language.types.texts import text_of
from conditions.registry import Beginning, Family
from conditions.sql.place import AT_CUSTOMER, Context, Place
from conditions.sql.sources import Read, Source
from conditions.sql.truth import NEVER, Truth, any_of
from conditions.upkeep.flips import flips
from conditions.upkeep.stored_trees import StoredTrees
from core.text.exact_numbers import BadValue
from segments.models import PriorityList, Segment
from segments.rules.evaluation.rule import Rule, rule_of

# The prefix of the attributes of priority lists; the list's code follows.
PRIORITY_LIST = "priority_list."
STAY_SEGMENT = "stay.segment"
# The attributes whose values are segments.
NAMING = ("segment", STAY_SEGMENT)


def trees_of_segments() -> list[tuple[str, Any]]:
    """Return the name and the tree of each segment, also of inactive segments."""
    return list(Segment.objects.order_by("pk").values_list("name", "conditions"))


TREES_OF_SEGMENTS = StoredTrees("segments", trees_of_segments)


class ListedSegments(dict[str, Sequence[str]]):
    """The segments of priority lists by the lists' codes, each list looked up once."""

    def __missing__(self, code: str) -> Sequence[str]:
        rows = PriorityList.objects.values_list("code", "segments")
        shared = load_shared(PriorityList, lambda: dict(rows))
        found = dict(rows.filter(code=code)) if shared is None else shared
        self[code] = found.get(code) or ()
        return self[code]


def codes_in(tree: Any, lists: ListedSegments | None = None) -> set[str]:
    """Return the codes of the segments that a stored tree names directly or through priority lists.

    `lists` is a cache of the priority lists that were looked up before.
    """
    return set(_codes_in(tree, ListedSegments() if lists is None else lists))


def _codes_in(node: Any, lists: ListedSegments) -> Iterator[str]:
    for one in nodes_of(node):
        yield from named_by(one)
        if (population := population_of(one)) is not None:
            yield population
        if (code := list_of(one)) is not None:
            yield from lists[code]


def named_by(node: Mapping[str, Any]) -> list[str]:
    """Return the codes of the segments that a stored condition or an aggregate names."""
    if node.get("attribute") not in NAMING and node.get("of") not in NAMING:
        return []
    value = node.get("value")
    # A count of segments has a number as its value.
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def list_of(node: Mapping[str, Any]) -> str | None:
    """Return the code of the priority list that a stored condition refers to; None without one."""
    code = str(node.get("attribute", ""))
    return code.removeprefix(PRIORITY_LIST) if code.startswith(PRIORITY_LIST) else None


def lists_in(tree: Any) -> set[str]:
    """Return the codes of the priority lists that a stored tree refers to."""
    return {code for code in map(list_of, nodes_of(tree)) if code is not None}


def reachable_codes(
    code: str, trees: Mapping[str, Any], lists: ListedSegments | None = None
) -> set[str]:
    """Return `code` and the codes of the segments that it refers to, directly or indirectly.

    `trees` has the stored trees by code; references of segments without a tree are not followed.
    `lists` is a cache as for `codes_in`.
    """
    lists = ListedSegments() if lists is None else lists
    seen: set[str] = set()
    waiting = {code}
    while waiting:
        one = waiting.pop()
        seen.add(one)
        waiting |= codes_in(trees.get(one), lists) - seen
    return seen


def referring_segments(segment: Segment) -> list[Segment]:
    """Return the segments whose trees name `segment` or a priority list with it, by priority."""
    # Both databases can only search a JSON column as text; `codes_in` then checks the tree.
    named = Q(conditions__icontains=f'"{segment.code}"')
    listed = Q(conditions__icontains=f'"{PRIORITY_LIST}')
    lists = ListedSegments()
    candidates = Segment.objects.filter(named | listed)
    return [one for one in candidates if segment.code in codes_in(one.conditions, lists)]


def segments_asking_for(priority_list: str) -> list[Segment]:
    """Return the segments whose trees refer to the priority list of this code, by priority."""
    candidates = Segment.objects.filter(conditions__icontains=f'"{PRIORITY_LIST}{priority_list}"')
    return [one for one in candidates if priority_list in lists_in(one.conditions)]


def _labels(codes: Collection[str]) -> Labels:
    return dict(Segment.objects.filter(code__in=set(codes)).values_list("code", "name"))


def _suggest(text: str, limit: int) -> Labels:
    found = Segment.objects.filter(name__icontains=text) | Segment.objects.filter(
        code__icontains=text
    )
    return dict(found.values_list("code", "name")[:limit])


def _find_by_name(names: Collection[str]) -> Called:
    rows = Segment.objects.filter(name__in=set(names))
    return called_by(rows.values_list("code", "name"))


# A deleted segment would be a dangling reference, which is refused in stored trees, too.
SEGMENTS = Choices(closed=True, labels=_labels, suggest=_suggest, called=_find_by_name)


@dataclass(frozen=True, eq=False, kw_only=True)
class SegmentMembership(Attribute):
    """Membership in a segment, evaluated from that segment's definition at the same clock."""

    def nodes_behind(self, codes: Sequence[str], segment: str | None) -> int:
        return nodes_behind(codes, segment)

    def reads(self, source: Source) -> Iterator[Read]:
        """Yield nothing: the tree of the other segment declares what it reads."""
        yield from ()

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        codes = (value,) if operator.takes is Takes.ONE else value
        return any_of(*(member_truth(code, place, context) for code in codes))

    def flips(
        self, operator: Operator, value: Any, place: Place, earlier: Context, later: Context
    ) -> Iterator[Flip]:
        for code in (value,) if operator.takes is Takes.ONE else value:
            yield from flips_of(code, place, earlier, later)

    def holds(self, operator: Operator, value: Any, row: Any, facts: Facts) -> bool:
        codes = (value,) if operator.takes is Takes.ONE else value
        return any(member_holds(code, facts) for code in codes)

    def actual(self, value: Any, row: Any, facts: Facts) -> Any:
        assert isinstance(value, Value)
        codes = value.stored if isinstance(value.stored, list) else [value.stored]
        return {code: member_holds(code, facts) for code in codes}


def nodes_behind(codes: Sequence[str], segment: str | None) -> int:
    """Return the number of nodes in the trees of the segments `codes` and all their references.

    Raises BadValue where a code is no text or unknown, or where its segment refers back to the
    segment `segment`.
    """
    lists = ListedSegments()
    trees = trees_behind([text_of(code) for code in codes], lists)
    gone = [code for code in codes if code not in trees]
    if gone:
        raise BadValue("unknown_segment", _("There is no segment “%(code)s”.") % {"code": gone[0]})
    if segment is not None and segment in trees:
        raise BadValue(
            "circular_segment",
            _("That would be a circle: the segment would depend on itself."),
        )
    sizes: dict[str, int] = {}

    def size(code: str) -> int:
        if code not in sizes:
            sizes[code] = 0  # ends the recursion in a cycle
            tree = trees.get(code)
            sizes[code] = len(list(nodes_of(tree))) + sum(
                size(one) for one in _codes_in(tree, lists)
            )
        return sizes[code]

    return sum(size(code) for code in codes)


def member_truth(code: str, place: Place, context: Context) -> Truth:
    """Return the condition that the customer at `place` is a member of a segment, as SQL."""
    key = ("segment", code)
    if key not in context.looked_up:
        context.looked_up[key] = _rule(code)
    rule: Rule | None = context.looked_up[key]
    if rule is None:
        return NEVER
    return rule.truth(replace(AT_CUSTOMER, only=place.only, rolled_up=place.rolled_up), context)


def member_holds(code: str, facts: Facts) -> bool:
    """Return whether the customer is a member of a segment, by the evaluator.

    Raises InvalidTree where the segment's stored tree is not valid.
    """
    rule: Rule | InvalidTree | None = facts.store.once(("segment", code), lambda: _rule(code))
    if isinstance(rule, InvalidTree):
        raise rule
    return rule is not None and rule.holds(facts)


def flips_of(code: str, place: Place, earlier: Context, later: Context) -> Iterator[Flip]:
    """Yield the flips by which membership in a segment may differ between two moments."""
    rule = _rule(code)
    if rule is not None:
        # Ranks in the segment's tree compare within the segment's own scope.
        before, after = (replace(one, population=rule.scope) for one in (earlier, later))
        yield from flips(rule.tree, place, before, after)


def know_rule(facts: Facts, code: str, rule: Rule | InvalidTree | None) -> None:
    """Make conditions on the segment `code` use `rule` instead of a query.

    None: the segment is inactive and so has no members. An InvalidTree is raised when a condition
    on the segment is evaluated.
    """
    facts.store.once(("segment", code), lambda: rule)


def _rule(code: str) -> Rule | None:
    """Return the rule of the segment `code`; None for an inactive one, which has no members."""
    segment = Segment.objects.get(code=code)
    return rule_of(segment) if segment.is_active else None


def compares_customers(trees: Iterable[Any]) -> bool:
    """Return whether a segment with these trees (`trees_of`) compares customers with each other."""
    return any(is_rank(node) for tree in trees for node in nodes_of(tree))


def trees_of(segment: Segment) -> list[Any]:
    """Return the stored trees of `segment` and of all segments it refers to, directly or not."""
    lists = ListedSegments()
    behind = trees_behind(codes_in(segment.conditions, lists), lists)
    return [segment.conditions, *behind.values()]


def trees_behind(codes: Collection[str], lists: ListedSegments) -> dict[str, Any]:
    """Return the stored trees of `codes` and of all segments they refer to, directly or not."""
    found: dict[str, Any] = {}
    waiting = set(codes)
    while waiting:
        stored = look_up(_stored_trees, waiting)
        found |= stored
        waiting = set().union(*(codes_in(tree, lists) for tree in stored.values())) - set(found)
    return found


def _stored_trees(codes: Collection[str]) -> dict[str, Any]:
    rows = Segment.objects.order_by().filter(code__in=codes)
    return dict(rows.values_list("code", "conditions"))


FAMILY = Family(
    gettext_lazy("Segments"),
    attributes=[
        SegmentMembership(
            code="segment",
            label=gettext_lazy("Member of segment"),
            type=SEGMENT,
            choices=SEGMENTS,
            comparable=False,
            phrase=Phrase(
                gettext_lazy("are in the segment %(value)s"),
                gettext_lazy("are not in the segment %(value)s"),
            ),
        )
    ],
    beginnings=[
        Beginning(
            gettext_lazy("Is in the segment …"), {"attribute": "segment", "operator": "is_one_of"}
        ),
        Beginning(
            gettext_lazy("Is not in the segment …"),
            {"attribute": "segment", "operator": "is_not_one_of"},
        ),
    ],
)
