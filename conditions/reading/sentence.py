"""Reads a sentence without network, model or storage, and shows all that it guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import get_language, override

from conditions.errors import InvalidTree
from conditions.parse import parse_tree
from conditions.reading.chunks.chunk import Chunk
from conditions.reading.chunks.cutting import chunks_of, with_proper_names
from conditions.reading.chunks.draws import with_draws
from conditions.reading.chunks.lookups import correct_line, look_up, look_up_whole
from conditions.reading.chunks.period_lists import with_bare_months
from conditions.reading.chunks.ranks import with_ranks
from conditions.reading.events.order import chains_in, perhaps_chains_in, unsayable_from
from conditions.reading.events.steps import answers_prompt
from conditions.reading.exact import exact
from conditions.reading.languages.detection import grammar_of, other_grammar
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.words import Line, with_half_years, words_of
from conditions.reading.nodes import Node, without_lone_groups
from conditions.reading.reader.reader import Reader
from conditions.reading.tree_building.completeness import without_losses
from conditions.reading.tree_building.readings import readings
from conditions.reading.tree_building.spans import with_spans
from conditions.reading.vocabulary.model import Model
from conditions.reading.vocabulary.names import MayLookUp, Names
from conditions.reading.vocabulary.offers import offers
from core.text.formats import in_quotes

LONGEST = 1_000
# A thousand characters of prose have at most so many words; texts with more are no sentences.
MOST_WORDS = 200
_NAME_IN_QUOTES = re.compile(r"[«“„\"]\s*([^«»“”„\"]+?)\s*[»”“\"]")


@dataclass(frozen=True)
class TreeRead:
    """One reading: the tree as JSON, and its sentence."""

    conditions: dict[str, Any]
    sentence: str


@dataclass(frozen=True)
class Unread:
    """A part of the text, by its characters, that is in no reading; `offers` are similar words."""

    start: int
    end: int
    text: str
    offers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """The possible meanings of a text, the likeliest first, and the parts not understood."""

    readings: Sequence[TreeRead] = ()
    unread: Sequence[Unread] = field(default_factory=list)


def read_sentence(
    text: str,
    *,
    language: str | None = None,
    may_look_up: MayLookUp = lambda attribute: True,
) -> Reading:
    """Return the meaning of `text`, a merchant's words in `language` (the active one).

    A text that is wholly understood only in another language is read in that language, and worded
    in `language`. `may_look_up` decides for which attributes the shop's values may be used. Raises
    ValueError for a text of more than 1,000 characters.
    """
    if len(text) > LONGEST:
        raise ValueError("a sentence has at most 1,000 characters")
    grammar = grammar_of(language or get_language() or "en")
    with override(grammar.code):
        written = exact(text.strip()) or exact(_typeset(text.strip()))
        if written is not None:
            # One of our own sentences means exactly one tree.
            return Reading([TreeRead(written, text.strip())])
        line = _line_of(text, grammar)
        if len(line.said) > MOST_WORDS:
            return Reading([], [_all_of(text)])
        heard = _heard(text, line, grammar, may_look_up)
    other = other_grammar(text, grammar) if heard.unread else None
    if other is not None:
        with override(other.code):
            nodes = _wholly(text, _line_of(text, other), other, may_look_up)
        # Wording the trees costs most: it is done once, in the language asked for.
        with override(grammar.code):
            read = _distinct(nodes)
        if read:
            return Reading(read)
    with override(grammar.code):
        read = _distinct(heard.nodes)
    chunks = heard.unread
    if not read and not chunks:
        # Report text that no tree can express, such as a period of a hundred years.
        chunks = [chunk for chunk in heard.chunks if chunk.kind != "fill"]
    parts = list(_parts(text, heard.line, chunks))
    if not read and not parts and text.strip():
        parts = [_all_of(text)]
    near = [replace(one, offers=offers(one.text, heard.names, grammar)) for one in parts]
    return Reading(read, near)


def _typeset(text: str) -> str:
    """Return `text`, typed on a keyboard, as a sentence is printed.

    Quotation marks become those of the active language, with a full stop at the end; names in
    quotation marks are kept.
    """
    parts = _NAME_IN_QUOTES.split(text)
    parts[::2] = [one.replace("'", "’") for one in parts[::2]]
    parts[1::2] = [in_quotes(one) for one in parts[1::2]]
    return f"{''.join(parts).removesuffix('.')}."


def _line_of(text: str, grammar: Grammar) -> Line:
    return with_half_years(Line(words_of(text)), grammar)


def _all_of(text: str) -> Unread:
    start = len(text) - len(text.lstrip())
    return Unread(start, start + len(text.strip()), text.strip())


@dataclass(frozen=True)
class Heard:
    """A text as it is understood, before its trees are worded."""

    nodes: Sequence[Node]
    unread: Sequence[Chunk]
    chunks: Sequence[Chunk]
    line: Line
    names: Names


def _wholly(text: str, line: Line, grammar: Grammar, may_look_up: MayLookUp) -> Sequence[Node]:
    """Return the nodes of `text` where all of it is understood; else nothing."""
    written = exact(text.strip())
    if written is not None:
        return [written]
    heard = _heard(text, line, grammar, may_look_up)
    return [] if heard.unread else heard.nodes


def _heard(text: str, line: Line, grammar: Grammar, may_look_up: MayLookUp) -> Heard:
    model = Model()
    names = Names(grammar.code, model.attributes, may_look_up)

    def clause(part: str) -> Sequence[Node]:
        return _wholly(part, _line_of(part, grammar), grammar, may_look_up)

    chains = chains_in(text, grammar, clause)
    if chains:
        return Heard(chains, [], [], line, names)
    line, chunks = _cut_line(line, grammar, names, may_look_up)
    chunks = with_ranks(with_spans(with_draws(chunks), line, model, grammar), grammar.code)
    chunks = [
        replace(one, text=_text(text, line, one.start, one.end))
        for one in with_proper_names(with_bare_months(chunks), line)
    ]
    unsayable = unsayable_from(text, grammar)
    if unsayable is not None:
        chunks = [
            replace(one, kind="unsayable") if line.said[one.start].start >= unsayable else one
            for one in chunks
        ]
    reader = Reader(chunks, model, grammar)
    found, unsaid = readings(reader.read(), model)
    unread = [*reader.unread, *(chunk for fact in unsaid for chunk in fact.chunks)]
    found, lost = without_losses(found, reader.chunks, unread)
    unread += lost
    if found and not unread:
        perhaps = perhaps_chains_in(text, grammar, clause)
        if any(map(answers_prompt, perhaps)):
            # "clicked Spring and ordered within 3 days": of the click, or the last 3 days.
            found = [*perhaps, *found[:1]]
        else:
            found += perhaps
    unread.sort(key=lambda chunk: chunk.start)
    return Heard(found, unread, chunks, line, names)


def _cut_line(
    line: Line, grammar: Grammar, names: Names, may_look_up: MayLookUp
) -> tuple[Line, list[Chunk]]:
    """Return the pieces of the line, and the line itself with misspelled words corrected."""
    chunks = chunks_of(line, grammar, names)
    if look_up_whole(line, chunks, names, may_look_up):
        chunks = chunks_of(line, grammar, names)
    unknown = _unknown(chunks)
    if unknown and look_up(line, unknown, names, may_look_up):
        chunks = chunks_of(line, grammar, names)
        unknown = _unknown(chunks)
    # The verbs of rows that last are no words of the grammar, but known.
    spans = re.compile("|".join(grammar.spans.values()))
    unknown = [one for one in unknown if not spans.fullmatch(line.said[one].said)]
    if unknown:
        mended = correct_line(line, unknown, grammar.known | names.words, grammar.known)
        if mended is not None:
            return mended, chunks_of(mended, grammar, names)
    return line, chunks


def _unknown(chunks: Sequence[Chunk]) -> list[int]:
    """Return the numbers of the unknown words."""
    return [one.start for one in chunks if one.kind == "unknown"]


def _distinct(nodes: Sequence[Node]) -> list[TreeRead]:
    """Return the trees of `nodes`, each once, without invalid ones."""
    read: list[TreeRead] = []
    for node in nodes:
        is_root = "match" in node and "relation" not in node
        tree = node if is_root else {"match": "all", "conditions": [node]}
        try:
            root = parse_tree(without_lone_groups(tree))
        except InvalidTree:
            continue
        if all(root.json != other.conditions for other in read):
            read.append(TreeRead(root.json, root.sentence()))
    return read


def _text(text: str, line: Line, first: int, last: int) -> str:
    return text[line.said[first].start : line.said[last - 1].end]


def _parts(text: str, line: Line, chunks: Sequence[Chunk]) -> Iterator[Unread]:
    """Yield the parts of the text that `chunks` cover; adjacent words are one part."""
    parts: list[tuple[int, int]] = []
    is_number = False
    for chunk in chunks:
        was_number = is_number
        # A number stands alone, so that the numbers that it may be can be offered.
        is_number = chunk.kind == "unknown" and line.said[chunk.start].kind == "number"
        if parts and chunk.start <= parts[-1][1] and not (is_number or was_number):
            parts[-1] = (parts[-1][0], max(parts[-1][1], chunk.end))
        else:
            parts.append((chunk.start, chunk.end))
    for first, last in parts:
        start, end = line.said[first].start, line.said[last - 1].end
        yield Unread(start, end, text[start:end])
