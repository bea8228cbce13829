"""Combines facts and the words between them: every reading of a sentence, the likeliest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice, product

from conditions.reading.facts.fact import Fact, Said, Unsaid
from conditions.reading.facts.grouping import (
    Element,
    Joined,
    changed_meanings,
    facts_of,
    group_facts,
    levels,
    tidy,
    without_facts,
)
from conditions.reading.facts.same_rows import same_rows
from conditions.reading.facts.shared_deeds import share_deeds
from conditions.reading.facts.shared_times import share_times
from conditions.reading.facts.sharing import (
    inherit,
    share_denial,
    without_verb_alone,
)
from conditions.reading.nodes import Node, all_of, any_of, one_of
from conditions.reading.tree_building.ambiguities import other_ways, ways_apart
from conditions.reading.tree_building.fact_trees import trees_of
from conditions.reading.tree_building.ranks import with_populations
from conditions.reading.tree_building.single_rows import mark_rows_that_do_not_count
from conditions.reading.vocabulary.model import Model

MOST = 6
Ways = list[Node]
WaysOf = Mapping[Fact, Ways]


def readings(said: Said, model: Model) -> tuple[Ways, list[Fact]]:
    """Return the trees that the facts may mean, and the facts that no condition can express."""
    joined = same_rows(share_deeds(group_facts(said), model), model)
    inherit(joined, model)
    mark_rows_that_do_not_count(joined, model)
    joined = without_verb_alone(joined)
    for level, is_either in levels(joined):
        if not is_either:
            share_denial(level, model)
        share_times(level, model)
    found: Ways = []
    for other in other_ways(joined, model):
        trees, unsaid = _trees(other, model)
        found += [] if unsaid else trees
    trees, unsaid = _trees(joined, model)
    less_likely: Ways = []
    for other in ways_apart(joined, model):
        apart, unsaid_apart = _trees(other, model)
        less_likely += [] if unsaid_apart else apart
    likely = [*found[: MOST // 2], *trees][: MOST - 1 if less_likely else MOST]
    return with_populations([*likely, *less_likely], MOST), unsaid


def _trees(joined: Joined, model: Model) -> tuple[Ways, list[Fact]]:
    ways: dict[Fact, Ways] = {}
    unsaid = []
    for fact in facts_of(joined):
        try:
            ways[fact] = trees_of(fact, model)
        except Unsaid:
            unsaid.append(fact)
    unsaid += [fact for fact in changed_meanings(joined, unsaid) if fact not in unsaid]
    joined = tidy(without_facts(joined, unsaid))
    return (_whole(joined, ways) if joined else []), unsaid


def _whole(said: Joined, ways_of: WaysOf) -> Ways:
    """Return the ways to read facts joined by words; `but` and `who` bind least."""
    for number, one in enumerate(said):
        if one in ("but", "who"):
            left, right = said[:number], said[number + 1 :]
            found = _together(all_of, [_whole(left, ways_of), _whole(right, ways_of)])
            if one == "but" and left[-2:-1] == ["or"]:
                # "subscribed or in Berlin but never ordered": "but" may belong to the last one
                # alone.
                last = _whole([*left[-1:], *said[number:]], ways_of)
                found += _together(any_of, [_whole(left[:-2], ways_of), last])
            return found
    return _lists(said, ways_of)


def _element(one: Element, ways_of: WaysOf) -> Ways:
    if isinstance(one, Fact):
        return ways_of[one]
    if one.exclusive:
        pair = [_element(each, ways_of) for each in one.said if not isinstance(each, str)]
        return _together(one_of, pair)
    found = _whole(one.said, ways_of)
    return [{"match": "none", "conditions": [node]} for node in found] if one.denied else found


def _lists(said: Joined, ways_of: WaysOf) -> Ways:
    thoughts, joins = _thoughts(said)
    ways = [_together(all_of, [_element(one, ways_of) for one in each]) for each in thoughts]
    kinds = set(joins)
    if kinds <= {"and", "comma", "nor"}:
        return _together(all_of, ways)
    if kinds == {"or"}:
        return [*_read_shared_subject(thoughts, ways_of), *_together(any_of, ways)][:MOST]
    if "and" in kinds or "nor" in kinds:
        return _read_mixed_joins(ways, joins)
    # "A, B or C": "or" joins the last two, or all of them.
    first, last = joins.index("or"), max(n for n, join in enumerate(joins) if join == "or")
    alternatives = _together(any_of, ways[first : last + 2])
    some = _together(all_of, [*ways[:first], alternatives, *ways[last + 2 :]])
    return [*some, *_together(any_of, ways)][:MOST]


def _read_shared_subject(thoughts: Sequence[Sequence[Element]], ways_of: WaysOf) -> Ways:
    """Return "women with no order or with a refund" as women with either; else nothing."""
    first, others = thoughts[0], thoughts[1:]
    standing = [one for one in first if isinstance(one, Fact) and one.is_standing]
    rest = [one for one in first if one not in standing]
    is_clause = all(isinstance(one, Fact) and one.apart for one in (each[0] for each in others))
    if len(standing) > 1 and not rest and is_clause:
        # "women in Berlin or who bought shoes"
        standing, rest = standing[:1], list(standing[1:])
    elif (
        not standing
        or not rest
        or any(isinstance(one, Fact) and one.is_standing for other in others for one in other)
    ):
        return []
    either = [
        _together(all_of, [_element(one, ways_of) for one in each]) for each in (rest, *others)
    ]
    return _together(
        all_of, [*(_element(one, ways_of) for one in standing), _together(any_of, either)]
    )


def _thoughts(said: Joined) -> tuple[list[list[Element]], list[str]]:
    """Return the facts grouped by thoughts, and the words between the thoughts."""
    thoughts: list[list[Element]] = []
    joins: list[str] = []
    for number, one in enumerate(said):
        if isinstance(one, str):
            if one != "with":
                joins.append(one)
        elif number and said[number - 1] == "with":
            thoughts[-1].append(one)
        else:
            thoughts.append([one])
    return thoughts, joins


def _read_mixed_joins(ways: Sequence[Ways], joins: Sequence[str]) -> Ways:
    """Return both readings of "A or B and C"."""
    and_last = _split(ways, joins, {"and", "comma", "nor"}, all_of, any_of)
    or_last = _split(ways, joins, {"or"}, any_of, all_of)
    return [*and_last[: MOST // 2], *or_last[: MOST // 2]]


def _split(
    ways: Sequence[Ways],
    joins: Sequence[str],
    at: set[str],
    outer: Callable[[Sequence[Node]], Node],
    inner: Callable[[Sequence[Node]], Node],
) -> Ways:
    groups: list[list[Ways]] = [[ways[0]]]
    for join, way in zip(joins, ways[1:], strict=True):
        if join in at:
            groups.append([way])
        else:
            groups[-1].append(way)
    return _together(outer, [_together(inner, group) for group in groups])


def _together(combine: Callable[[Sequence[Node]], Node], ways: Sequence[Ways]) -> Ways:
    return [combine(chosen) for chosen in islice(product(*ways), MOST)]
