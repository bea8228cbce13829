"""Cuts a line of words into pieces that have a meaning."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from conditions.language.types import CATEGORY, SEGMENT
from conditions.reading.chunks.chunk import Chunk
from conditions.reading.chunks.patterns import filling_of, patterns, ranks_of
from conditions.reading.chunks.ranks import HIDDEN, named_figure, with_figure
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.rank_words.model import FIGURES
from conditions.reading.languages.words import Line, key_of
from conditions.reading.vocabulary.names import Named, Names

UNKNOWN = 10.0
FILLING = 0.9
# Kinds of words that are numbers, and the signs between numbers in a list.
NUMBERS = frozenset({"number", "date"})
LISTING = frozenset({",", "=", ":", "/"})
# This word is the same in all languages; a segment's name follows it.
SEGMENT_NOUN = "segment"


def chunks_of(line: Line, grammar: Grammar, names: Names) -> list[Chunk]:
    """Return the pieces that cover the words at the least cost, unknown words among them."""
    size = len(line.said)
    ending: list[list[Chunk]] = [[] for _ in range(size + 1)]
    candidates = _without_split_periods(list(_candidates(line, grammar, names)))
    for one in _without_lone_figures(list(candidates)):
        ending[one.end].append(one)
    best: list[tuple[float, Chunk | None]] = [(0.0, None)]
    for end in range(1, size + 1):
        unknown = Chunk(end - 1, end, "unknown", cost=UNKNOWN)
        choices = [(best[one.start][0] + one.cost, one) for one in (*ending[end], unknown)]
        best.append(min(choices, key=lambda choice: choice[0]))
    found: list[Chunk] = []
    place = size
    while place:
        last = best[place][1]
        assert last is not None
        found.append(last)
        place = last.start
    return found[::-1]


def _without_split_periods(found: Sequence[Chunk]) -> Iterator[Chunk]:
    """Yield the pieces without our own names that begin inside a period.

    In "did in May not get mail" the month is not the verb of "may not get mail". A name that the
    shop gave, such as a category "May Sale", is no sentence.
    """
    periods = [(one.start, one.end) for one in found if one.kind == "period"]
    for one in found:
        is_value = one.kind == "value" and all(isinstance(each.value, bool) for each in one.what[0])
        is_split = any(start < one.start < end < one.end for start, end in periods)
        if not (is_split and (is_value or one.kind == "name")):
            yield one


def _without_lone_figures(found: Sequence[Chunk]) -> Iterator[Chunk]:
    """Yield the pieces without named figures that follow no rank: "unsubscribed by a mail"."""
    ends = [one.end for one in found if one.kind in {"rank", "habit"}]
    first = min(ends, default=sys.maxsize)
    for one in found:
        is_lone = one.kind == "rank_figure" and not one.what[2] and one.start < first
        if not (is_lone and one.what[0] not in FIGURES):
            yield one


def with_proper_names(chunks: Sequence[Chunk], line: Line) -> list[Chunk]:
    """Return `chunks` with values made unknown that are only part of an unknown name.

    In "Black Friday" black is no colour, and "Win back VIPs" is no customer group: words in
    capitals that stand side by side are one name.
    """
    found = list(chunks)
    if all(word.written == word.written.upper() for word in line.said):
        return found
    for place, one in enumerate(chunks):
        if one.kind != "value" or not _is_capital(one, line):
            continue
        after = chunks[place + 1 : place + 2]
        before = list(takewhile(lambda each: each.kind == "unknown", chunks[:place][::-1]))
        # A brand before a category is no name of several words: "Puma Shoes".
        is_end = len(before) > 1 and any(each.start and _is_capital(each, line) for each in before)
        is_start = any(each.kind == "unknown" and _is_capital(each, line) for each in after)
        if is_start or is_end:
            found[place] = replace(one, kind="unknown", what=None)
    return found


def _is_capital(chunk: Chunk, line: Line) -> bool:
    return line.said[chunk.start].written[:1].isupper()


def _candidates(line: Line, grammar: Grammar, names: Names) -> Iterator[Chunk]:
    for number, word in enumerate(line.said):
        if word.kind == "quoted":
            before = line.said[number - 1].said if number else ""
            yield from _quoted_chunks(number, word.quoted or "", before, names)
        elif word.said in grammar.feminine and word.written[1:] != word.written[1:].lower():
            # The capital letter in "KundInnen" makes it all customers.
            if not word.written.isupper():
                yield Chunk(number, number + 1, "fill", word.said, 0.5)
        elif word.kind == "address":
            yield Chunk(number, number + 1, "literal", word.written)
    named = list(_named(line, names, grammar))
    yield from named
    for one in named:
        if one.kind == "name":
            yield from _ranks_by(one, line, grammar, names)
    compiled, filling = patterns(grammar), filling_of(grammar)
    for place, start in line.starts.items():
        for size in range(1, 4):
            words = " ".join(word.said for word in line.said[start : start + size])
            if words in filling and start + size <= len(line.said):
                yield Chunk(start, start + size, "fill", words, FILLING * size)
        begins = line.said[start].said.partition(" ")[0]
        for first, pattern, meaning in compiled:
            if first and first != begins:
                continue
            match = pattern.match(line.text, place)
            if match is None or match.end() == place:
                continue
            if meant := meaning(match):
                yield Chunk(start, line.starts.get(match.end() + 1, len(line.said)), *meant)


def _ranks_by(name: Chunk, line: Line, grammar: Grammar, names: Names) -> Iterator[Chunk]:
    """Yield the ranks by the figure that `name` stands for: "top 10 by product views"."""
    figures = {
        "named": named_figure([one.code for one in name.what if not one.done], names.attributes),
        "deed": named_figure([one.code for one in name.what], {}),
    }
    if not any(figures.values()):
        return
    before = "".join(f"{word.said} " for word in line.said[: name.start])
    words = " ".join(word.said for word in line.said[name.start : name.end])
    hidden = f"{before}{HIDDEN * len(words)}{line.text[len(before) + len(words) :]}"
    for place, start in line.starts.items():
        for pattern, meaning in ranks_of(grammar) if start <= name.start else ():
            match = pattern.match(hidden, place)
            groups = match.groupdict() if match is not None else {}
            figure = next((one for group, one in figures.items() if one and groups.get(group)), "")
            if match is not None and figure and (meant := meaning(match)):
                end = line.starts.get(match.end() + 1, len(line.said))
                yield Chunk(start, end, *with_figure(meant, figure))


def _quoted_chunks(number: int, text: str, before: str, names: Names) -> Iterator[Chunk]:
    values = _fitting(names.values.get(key_of(text), []), text)
    if of_noun := _of_noun(before, values, names):
        yield Chunk(number - 1, number + 1, "value", (of_noun, text), 0.5)
    if values:
        yield Chunk(number, number + 1, "value", (values, text), 0.8)
    else:
        yield Chunk(number, number + 1, "literal", text)


def _of_noun(noun: str, values: Sequence[Named], names: Names) -> tuple[Named, ...]:
    """Return the `values` of the kind that `noun` names: "in the segment Germany"."""
    codes = {one.code for one in names.names.get((noun,), ())}
    return tuple(
        one
        for one in values
        if one.attribute in codes and names.attributes[one.attribute].relation is None
    )


def _is_no_segment(key: tuple[str, ...], names: Names, grammar: Grammar) -> bool:
    """Return whether the words after "segment" are known, but not as a segment."""
    values = names.values.get(key, ())
    is_segment = any(names.attributes[one.attribute].type is SEGMENT for one in values)
    is_known = bool(values) or key in names.names
    return is_known and not is_segment and " ".join(key) not in grammar.vocabulary


def _named(line: Line, names: Names, grammar: Grammar) -> Iterator[Chunk]:
    said = [word.said for word in line.said]
    is_shouted = all(word.written == word.written.upper() for word in line.said)
    firsts = {key[0] for key in (*names.names, *names.values) if key}
    for start in range(len(said)):
        if said[start].partition(" ")[0] not in firsts:
            continue
        for end in range(start + 1, min(len(said), start + names.longest) + 1):
            key = tuple(part for word in said[start:end] for part in word.split())
            written = " ".join(word.written for word in line.said[start:end])
            if is_shouted and len(written) == 2 and written.lower() in grammar.vocabulary:
                # Among capitals, IN is a preposition, not a country; what "FROM US" means is
                # unclear.
                near = [one for one in said[:start] if one not in grammar.articles][-1:]
                if {*near} & (grammar.inside | grammar.out_of):
                    yield Chunk(start, end, "unknown", cost=0.5)
                continue
            is_inside = written.isupper() and written.lower() in grammar.inside
            if is_inside and end < len(said) and said[end].partition(" ")[0] in firsts:
                # "customers IN Germany"
                continue
            before = said[start - 1] if start else ""
            of_noun = _of_noun(before, names.values.get(key, ()), names)
            if before == SEGMENT_NOUN and _is_no_segment(key, names, grammar):
                # "in the segment VIP" is no customer group, "segment Newsletter" no subscription.
                yield Chunk(start, end, "unknown", cost=0.5)
                continue
            found = names.names.get(key, ())
            if found and not (any(one.is_new for one in found) and key in names.values):
                yield Chunk(start, end, "name", tuple(found), 0.95)
            for one in grammar.outside:
                # "shipped outside" means the attribute of "shipped to", with all other values.
                size = len(one.split())
                if key[-size:] == tuple(one.split()):
                    toward = (names.names.get((*key[:-size], each)) for each in grammar.toward)
                    if other := next(filter(None, toward), None):
                        yield Chunk(start, end, "outside", tuple(other), 0.9)
            if of_noun:
                yield Chunk(start - 1, end, "value", (of_noun, written), 0.5)
            segments = _of_noun(SEGMENT_NOUN, names.values.get(key, ()), names)
            if segments and said[end : end + 1] == [SEGMENT_NOUN] and before != SEGMENT_NOUN:
                # "the VIP segment"
                yield Chunk(start, end + 1, "value", (segments, written), 0.5)
            elif segments and _is_verb_of_stays(before, grammar):
                # "joined Buyers": customers join a segment, so "Buyers" are no orders.
                yield Chunk(start, end, "value", (segments, written), 0.5)
            if all(word.kind in NUMBERS for word in line.said[start:end]):
                # A number is a value only after the name of its attribute: "gender 2".
                values = _of_near_noun(said[:start], names.values.get(key, ()), names, grammar)
                if values and not _is_counted(said[end:], names):
                    yield Chunk(start, end, "value", (values, written), 0.97)
                continue
            if values := _fitting(names.values.get(key, ()), written):
                # Two capitals are a country (AT), not a word.
                cost = 0.5 if len(written) == 2 else 0.97
                yield Chunk(start, end, "value", (values, written), cost)
                if start and said[start - 1] in grammar.out_of:
                    # "from Women" is the category: nobody is from a gender or a group.
                    of_rows = tuple(
                        one for one in values if names.attributes[one.attribute].relation
                    )
                    if any(names.attributes[one.attribute].type is CATEGORY for one in of_rows):
                        yield Chunk(start - 1, end, "value", (of_rows, written), 0.9)
                segments = tuple(
                    one for one in values if names.attributes[one.attribute].type is SEGMENT
                )
                if segments and start and said[start - 1] in grammar.inside:
                    # "in Abandoned cart" is the segment, an abandoned cart is a cart.
                    yield Chunk(start - 1, end, "value", (segments, written), 0.9)


def _is_verb_of_stays(word: str, grammar: Grammar) -> bool:
    """Return whether `word` means that customers entered or left what is named next."""
    return any(re.fullmatch(grammar.spans[one], word) for one in ("start", "end"))


def _of_near_noun(
    before: Sequence[str], values: Sequence[Named], names: Names, grammar: Grammar
) -> tuple[Named, ...]:
    """Return the `values` of an attribute named right `before`: "gender is 1 or 2"."""
    fillers = filling_of(grammar) | LISTING | grammar.listing
    end = len(before)
    while end and (before[end - 1] in fillers or before[end - 1].isdigit()):
        end -= 1
    named = {
        one.code
        for start in range(max(0, end - 3), end)
        for one in names.names.get(tuple(before[start:end]), ())
    }
    return tuple(one for one in values if one.attribute in named)


def _is_counted(after: Sequence[str], names: Names) -> bool:
    """Return whether a name follows that a number before it counts: "2 orders"."""
    return any(tuple(after[:size]) in names.names for size in (1, 2, 3) if size <= len(after))


def _fitting(values: Sequence[Named], written: str) -> tuple[Named, ...]:
    # Two letters are a name only in capitals (US), otherwise a word (us).
    return () if len(written) == 2 and not written.isupper() else tuple(values)
