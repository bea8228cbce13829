"""A cache of parsed rules in the process, so that an unchanged segment is not parsed again.

The cache stores, with each rule, the state of its inputs from before it was built, and compares it
on each access: the segment's own row, the rows of all segments that its tree refers to, and the
shop's own attributes if the tree names any. So no rule outlives its inputs; at worst, a rule is
built once more than needed. The cached rule leaves out whether a segment is active and has
overrides; both are read each time.
"""

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, NamedTuple

from django.db import connections

from conditions import registry
from conditions.errors import InvalidTree
from core.database.replicas import reading_alias
from segments.models import MembershipOverride, Segment
from segments.rules.evaluation.rule import Rule, rule_of
from segments.rules.in_conditions.references import codes_in

logger = logging.getLogger(__name__)

# The maximum number of cached nodes; the least recently used rules are evicted first.
MOST_NODES = 20_000

SEGMENTS = Segment._meta.db_table
OVERRIDES = MembershipOverride._meta.db_table


class _Stand(NamedTuple):
    """The state of a segment: the `stamp` of its definition, and the state outside of it."""

    stamp: Hashable
    is_active: bool
    has_overrides: bool


@dataclass(frozen=True)
class _Kept:
    """A cached rule, or the error of an invalid tree, with the state of its inputs."""

    rule: Rule | InvalidTree
    refers: frozenset[str]
    stamp: Hashable
    # The stamps of all referenced segments, by code, and of the shop's attributes, by prefix.
    behind: Mapping[str, Hashable]
    of_the_shop: Mapping[str, Hashable]
    nodes: int


_kept: OrderedDict[str, _Kept] = OrderedDict()
_lock = Lock()


def rules_of(codes: Collection[str]) -> dict[str, Rule | InvalidTree | None]:
    """Return the rules of the existing segments of `codes`, and of all segments they refer to.

    The value is None for an inactive segment, and the InvalidTree for an invalid stored tree.
    """
    known = dict(_kept)
    stands = _stands_of(_with_references(codes, known))
    shop = _shop(prefix for code in stands if code in known for prefix in known[code].of_the_shop)
    good = {
        code: known[code]
        for code, stand in stands.items()
        if code in known and _holds(known[code], stand, stands, shop)
    }
    missing = [code for code in stands if code not in good]
    if missing:
        good |= _made(missing, stands, good)
    _keep(good)
    return {code: _as_it_stands(kept, stands[code]) for code, kept in good.items()}


def forget() -> None:
    """Clear the cache."""
    with _lock:
        _kept.clear()


def _as_it_stands(kept: _Kept, stand: _Stand) -> Rule | InvalidTree | None:
    if not stand.is_active:
        return None
    if isinstance(kept.rule, InvalidTree):
        return kept.rule
    if kept.rule.has_overrides == stand.has_overrides:
        return kept.rule
    return replace(kept.rule, has_overrides=stand.has_overrides)


def _with_references(codes: Collection[str], known: Mapping[str, _Kept]) -> set[str]:
    """Return `codes` and the segments that they refer to according to the cache."""
    return {*codes, *(one for code in codes if code in known for one in known[code].behind)}


def _holds(
    kept: _Kept, stand: _Stand, stands: Mapping[str, _Stand], shop: Mapping[str, Hashable]
) -> bool:
    """Return whether the inputs of the cached rule are unchanged."""
    if kept.stamp != stand.stamp:
        return False
    for one, was in kept.behind.items():
        if _stamp(one, stands) != was:
            return False
    return all(shop[prefix] == was for prefix, was in kept.of_the_shop.items())


def _stamp(code: str, stands: Mapping[str, _Stand]) -> Hashable:
    return stands[code].stamp if code in stands else None


def _made(
    codes: Collection[str], stands: dict[str, _Stand], good: Mapping[str, _Kept]
) -> dict[str, _Kept]:
    """Return rebuilt rules of `codes` and of the segments they refer to that are not in `good`.

    Adds the states of these segments to `stands`.
    """
    made: dict[str, _Kept] = {}
    waiting = set(codes)
    while waiting:
        stands |= _stands_of(waiting - set(stands))
        found = Segment.objects.filter(code__in=waiting & set(stands)).with_overrides()
        for segment in found.prefetch_related("websites", "customer_groups"):
            made[segment.code] = _make(segment, stands[segment.code])
        named = {one for code in waiting if code in made for one in made[code].refers}
        waiting = named - set(made) - set(good)
    everything = {**good, **made}
    return {
        code: replace(kept, behind=_behind(kept, everything, stands)) for code, kept in made.items()
    }


def _make(segment: Segment, stand: _Stand) -> _Kept:
    text = json.dumps(segment.conditions)
    shop = _shop(one for one in registry.prefixes_of_the_shop() if _names_of_the_shop(one, text))
    rule: Rule | InvalidTree
    try:
        rule = rule_of(segment)
    except InvalidTree as error:
        logger.exception("The stored tree of segment %s is not valid", segment.code)
        rule = error.with_traceback(None)
    return _Kept(
        rule=rule,
        refers=frozenset(codes_in(segment.conditions)),
        stamp=stand.stamp,
        behind={},
        of_the_shop=shop,
        nodes=1 if isinstance(rule, InvalidTree) else 1 + len(list(rule.tree.walk())),
    )


def _behind(
    kept: _Kept, everything: Mapping[str, _Kept], stands: Mapping[str, _Stand]
) -> dict[str, Hashable]:
    """Return the stamps of all segments that the tree refers to; None for a missing segment."""
    found: dict[str, Hashable] = {}
    waiting = set(kept.refers)
    while waiting:
        code = waiting.pop()
        found[code] = _stamp(code, stands)
        if code in everything:
            waiting |= everything[code].refers - set(found)
    return found


def _names_of_the_shop(prefix: str, text: str) -> bool:
    """Return whether a tree, as JSON, names an attribute of this prefix that the shop defines."""
    codes = re.findall(rf'"({re.escape(prefix)}[^"]*)"', text)
    return any(not registry.is_fixed(code) for code in codes)


def _shop(prefixes: Iterable[str]) -> dict[str, Hashable]:
    return {prefix: registry.state_of_the_shop(prefix) for prefix in set(prefixes)}


def _keep(rules: Mapping[str, _Kept]) -> None:
    with _lock:
        for code, kept in rules.items():
            _kept[code] = kept
            _kept.move_to_end(code)
        nodes = sum(kept.nodes for kept in _kept.values())
        while nodes > MOST_NODES:
            _code, oldest = _kept.popitem(last=False)
            nodes -= oldest.nodes


def _stands_of(codes: Collection[str]) -> dict[str, _Stand]:
    """Return the current states of the existing segments of `codes`."""
    if not codes:
        return {}
    connection = connections[reading_alias()]
    among, params = "= ANY(%s)", list[Any]([list(codes)])
    if connection.vendor != "postgresql":
        among, params = f"IN ({', '.join(['%s'] * len(codes))})", list(codes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.code, s.id, s.version, CAST(s.updated_at AS text), s.refresh_mode,"
            f" s.is_active, EXISTS (SELECT 1 FROM {OVERRIDES} o WHERE o.segment_id = s.id)"
            f" FROM {SEGMENTS} s WHERE s.code {among}",
            params,
        )
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return {
        code: _Stand(tuple(stamp), bool(is_active), bool(has_overrides))
        for code, *stamp, is_active, has_overrides in rows
    }
