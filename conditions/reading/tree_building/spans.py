"""Clauses about rows that last, such as stays in segments: since when, how long, on a day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from conditions.language.phrase import SpanPhrase
from conditions.reading.chunks.chunk import JOINS, Chunk, Length, Period, Quantity
from conditions.reading.facts.fact import Unsaid
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.words import Line
from conditions.reading.nodes import Node, all_of, complement_of, rows_with
from conditions.reading.tree_building.leaves import COUNT, comparisons_of, conditions_on_day, whole
from conditions.reading.vocabulary.model import Model
from conditions.reading.vocabulary.names import Named
from conditions.sql.place import Relation

TIMES = frozenset({"period", "length"})
VERBS = frozenset({"start", "end"})
# The kinds of chunks that verbs may consist of, and the largest number of them.
WORDS = frozenset({"fill", "unknown", "name", "interval"})
MOST_WORDS = 3
# Kinds of chunks that may surround a clause.
ENDS = JOINS | {"who", "open", "close", "but", "not", "never"}


def with_spans(chunks: Sequence[Chunk], line: Line, model: Model, grammar: Grammar) -> list[Chunk]:
    """Return `chunks` with a value, its time and its verb merged, where a lasting row has them.

    "left VIP in the last week" means more than a membership in the segment.
    """
    relation = model.lasting
    if relation is None or relation.phrase.span is None:
        return list(chunks)
    span = relation.phrase.span
    found: list[Chunk] = []
    place = 0
    for number, chunk in enumerate(chunks):
        named = _named(chunk, span, model)
        if number < place or named is None:
            continue
        gone = _no_longer(chunks, number)
        if gone is not None:
            first, last, time = gone
            ways = tuple(_ended_ways(time, named, relation, span, model))
            start, end = chunks[first].start, chunks[last - 1].end
            found += [*chunks[place:first], Chunk(start, end, "span", (named, ways))]
            place = last
            continue
        first, last = _clause(chunks, number, line, grammar)
        verb, times, counts = "", [], []
        said = _verbs(chunks[first:last], line, grammar)
        for one in chunks[first:last]:
            verb = said.get(one.start, verb)
            times += [one.what] if one.kind in TIMES else []
            counts += [one.what] if one.kind == "quantity" else []
        ways = tuple(_ways(verb, times, named, relation, span, model))
        is_alone = not (times or counts or verb in VERBS or _is_listed(chunks[last:], span, model))
        if is_alone and _is_never(chunks, first, named):
            # "never in VIP" is about all times, "not in VIP" about today.
            what = {"attribute": span.what, "operator": "is", "value": named.value}
            ways = (rows_with(relation, "exists", [what]),)
        if verb not in {*VERBS, "was"} and _is_too_short(times, chunks[:first]):
            # "not in VIP for less than 20 days": the stay or its length may be denied.
            ways = ()
        elif verb not in VERBS and times and first and chunks[first - 1].kind == "not":
            # "not in VIP for 30 days": in these days they were not in it.
            ways = (*_lately(times[0], named, relation, span, model), *ways)
        if counts:
            if not (times or ways):
                # "were in VIP twice"
                what = {"attribute": span.what, "operator": "is", "value": named.value}
                ways = (rows_with(relation, "exists", [what]),)
            ways = tuple(_with_row_count(ways, counts)) if verb in VERBS or not times else ()
        if not (ways or verb in VERBS or _is_too_short(times, chunks[:first])):
            # The value is read without its time, which is reported as not understood.
            continue
        start, end = chunks[first].start, chunks[last - 1].end
        found += [*chunks[place:first], Chunk(start, end, "span", (named, ways))]
        place = last
    return [*found, *chunks[place:]]


def _no_longer(chunks: Sequence[Chunk], number: int) -> tuple[int, int, Length | Period] | None:
    """Return the clause of "no longer in VIP since May", and its time; None for other clauses.

    The time stands before "no longer", or after the value.
    """

    def beside(place: int, step: int) -> int:
        place += step
        while 0 <= place < len(chunks) and chunks[place].kind == "fill":
            place += step
        return place

    def kind(place: int) -> str:
        return chunks[place].kind if 0 <= place < len(chunks) else ""

    denial = beside(number, -1)
    if kind(denial) != "no_longer":
        return None
    before, after = beside(denial, -1), beside(number, 1)
    times = [one for one in (before, after) if kind(one) in TIMES]
    if len(times) != 1:
        return None
    first, last = min(denial, times[0]), max(number, times[0]) + 1
    is_clause = all(kind(one) in {*ENDS, ""} for one in (beside(first, -1), beside(last - 1, 1)))
    return (first, last, chunks[times[0]].what) if is_clause else None


def _ended_ways(
    time: Length | Period, named: Named, relation: Relation, span: SpanPhrase, model: Model
) -> Iterator[Node]:
    """Yield "no longer in VIP since May": left since then, or left before and not back since."""
    what = {"attribute": span.what, "operator": "is", "value": named.value}
    is_since = isinstance(time, Period) and [one for one, _day in time.choices] == ["on_or_after"]
    if is_since:
        outside = {"attribute": named.attribute, "operator": "is_not", "value": named.value}
        for node in _time_nodes(span.end, time, model):
            yield all_of([rows_with(relation, "exists", [what, node]), outside])
    for node in _lately(time, named, relation, span, model):
        yield all_of([rows_with(relation, "exists", [what]), complement_of(node, model)])


def _lately(
    time: Length | Period, named: Named, relation: Relation, span: SpanPhrase, model: Model
) -> Iterator[Node]:
    """Yield that a row lasted at some moment since `time` began; nothing for other times."""
    if isinstance(time, Length):
        is_until_now = time.kind in {"for", "length", "last"} and not time.op
    else:
        is_until_now = [one for one, _day in time.choices] == ["on_or_after"]
    if is_until_now:
        for end in conditions_on_day(model.attributes[span.end], time, is_denied=True):
            yield rows_with(relation, "exists", span.not_over_before(named.value, end))


def _is_too_short(times: Sequence[Length | Period], before: Sequence[Chunk]) -> bool:
    """Return whether a denial stands right before a clause with a length that is less than some."""
    is_denied = bool(before) and before[-1].kind in {"not", "never"}
    lengths = [one for one in times if isinstance(one, Length)]
    shorter = {"ago_lt", "ago_lte"}
    return is_denied and any(one.op in {"lt", "lte"} or one.kind in shorter for one in lengths)


def _is_never(chunks: Sequence[Chunk], first: int, named: Named) -> bool:
    """Return whether "never" stands right before a clause whose value is only a segment."""
    values = next(one.what[0] for one in chunks[first:] if one.kind == "value")
    is_only = {one.attribute for one in values} == {named.attribute}
    return is_only and first > 0 and chunks[first - 1].kind == "never"


def _is_listed(after: Sequence[Chunk], span: SpanPhrase, model: Model) -> bool:
    """Return whether another segment follows by a join: "never in VIP or Buyers" denies both."""
    said = [one for one in after if one.kind not in {"fill", "never"}][:2]
    joined = said[1:] if said and said[0].kind in JOINS else []
    return any(_named(one, span, model) is not None for one in joined)


def _named(chunk: Chunk, span: SpanPhrase, model: Model) -> Named | None:
    """Return the value that names a row that lasts, of an attribute of customers."""
    if chunk.kind != "value":
        return None
    type_ = model.attributes[span.what].type
    values = chunk.what[0]
    return next((one for one in values if model.attributes[one.attribute].type is type_), None)


def _clause(chunks: Sequence[Chunk], number: int, line: Line, grammar: Grammar) -> tuple[int, int]:
    """Return the first and last chunk of the clause of the value with this number.

    The clause ends with the value where other facts stand next to it: the time may belong to them.
    """

    verbs = _verbs(chunks, line, grammar)

    def belongs(one: Chunk) -> bool:
        is_count = one.kind == "quantity" and one.what.unit == "times"
        return is_count or one.kind in TIMES | {"fill"} or one.start in verbs

    first = number
    while first and belongs(chunks[first - 1]):
        first -= 1
    last = number + 1
    while last < len(chunks) and belongs(chunks[last]):
        last += 1
    if first and chunks[first - 1].kind not in ENDS:
        first = number
    if last < len(chunks) and chunks[last].kind not in ENDS:
        last = number + 1
    return first, last


def _verbs(chunks: Sequence[Chunk], line: Line, grammar: Grammar) -> dict[int, str]:
    """Return the verbs of rows that last, by the start of each chunk that belongs to one."""
    found: dict[int, str] = {}
    for first, last in combinations(range(len(chunks) + 1), 2):
        parts = chunks[first:last]
        if last - first > MOST_WORDS or any(one.kind not in WORDS for one in parts):
            continue
        words = " ".join(word.said for word in line.said[parts[0].start : parts[-1].end])
        verbs = (verb for verb, one in grammar.spans.items() if re.fullmatch(one, words))
        found |= {one.start: verb for verb in verbs for one in parts}
    return found


def _ways(
    verb: str,
    times: Sequence[Length | Period],
    named: Named,
    relation: Relation,
    span: SpanPhrase,
    model: Model,
) -> Iterator[Node]:
    """Yield each possible meaning; none where no condition can express it."""
    what = {"attribute": span.what, "operator": "is", "value": named.value}
    is_over = {"attribute": span.end, "operator": "is_not_empty"}
    if len(times) > 1:
        return
    time = times[0] if times else None
    if verb in VERBS:
        code = span.start if verb == "start" else span.end
        if time is None:
            yield rows_with(relation, "exists", [what, *([is_over] if verb == "end" else [])])
        elif not (isinstance(time, Length) and time.kind in {"for", "length"}):
            for node in _time_nodes(code, time, model):
                yield rows_with(relation, "exists", [what, node])
    elif isinstance(time, Length) and (
        time.kind in {"for", "length"} or (time.kind in {"ago_lt", "ago_lte"} and not verb)
    ):
        # "in VIP since less than 20 days ago" is the length of the stay, too.
        still = [] if verb == "was" else [{"attribute": span.end, "operator": "is_empty"}]
        for node in _time_nodes(span.days, time, model):
            yield rows_with(relation, "exists", [what, *still, node])
    elif isinstance(time, Period) and [operator for operator, _day in time.choices] == ["is"]:
        yield rows_with(relation, "exists", span.on_day(named.value, time.choices[0][1]))
    elif isinstance(time, Period) and [operator for operator, _day in time.choices] == ["between"]:
        # "were in VIP in May": on some day of May, or on all of them.
        first, last = time.choices[0][1]
        for begin, operator, end in ((last, "on_or_after", first), (first, "after", last)):
            begun = {"attribute": span.start, "operator": "on_or_before", "value": begin}
            ended = {"attribute": span.end, "operator": operator, "value": end}
            yield rows_with(relation, "exists", [begun, *span.not_over_before(named.value, ended)])


def _with_row_count(ways: Sequence[Node], counts: Sequence[Quantity]) -> Iterator[Node]:
    """Yield `ways` with a number of rows; without comparison it is exact, or at least."""
    if len(counts) > 1:
        return
    for way in ways:
        for operator, number in comparisons_of(counts[0], COUNT):
            yield {**way, "aggregate": "count", "operator": operator, "value": whole(number)}


def _time_nodes(code: str, time: Length | Period, model: Model) -> list[Node]:
    try:
        return conditions_on_day(model.attributes[code], time, is_denied=False)
    except Unsaid:
        return []
