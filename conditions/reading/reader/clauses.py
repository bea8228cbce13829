"""Clauses without a word that begins them (after "or", before a verb), and lists of nouns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from conditions.reading.chunks.chunk import JOINS, Chunk
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.words import key_of
from conditions.reading.vocabulary.model import Model

# Words that begin another thought.
TURNS = frozenset({*JOINS, "but", "who"})
# Words that deny what follows.
DENIALS = frozenset({"not", "never", "no_longer", "neither", "nor", "except"})
# The words of a clause that only names customers.
BARE = frozenset({"every", "value"})


def with_clauses(chunks: Sequence[Chunk], grammar: Grammar) -> Iterator[Chunk]:
    """Yield `chunks` with a "who" after each "or" and "nor" that a verb makes a join of clauses."""

    def is_finite(chunk: Chunk) -> bool:
        return chunk.kind == "fill" and chunk.what in grammar.finite_verbs

    def ends_finite(chunk: Chunk) -> bool:
        # A name may include its verb: "den Newsletter abonniert haben".
        return is_finite(chunk) or chunk.text.rpartition(" ")[2] in grammar.finite_verbs

    for number, one in enumerate(chunks):
        if (
            number
            and chunks[number - 1].kind in TURNS
            and _is_one_of_them(chunks[number:], grammar)
        ):
            yield replace(one, kind="pronoun")
            continue
        yield one
        if one.kind not in {"or", "nor"} or not DENIALS & {each.kind for each in chunks[:number]}:
            # Only a denial ends with its clause; values still form one list.
            continue
        after = chunks[number + 1 :]
        if _is_one_of_them(after, grammar):
            yield replace(one, kind="who")
            continue
        if grammar.verb_last:
            clause = takewhile(lambda each: each.kind not in TURNS, after)
            is_clause = any(map(ends_finite, chunks[number - 1 : number])) and any(
                map(is_finite, clause)
            )
        else:
            is_clause = any(map(is_finite, after[:1]))
        if is_clause:
            yield replace(one, kind="who")


def _is_one_of_them(after: Sequence[Chunk], grammar: Grammar) -> bool:
    """Return whether a word for one of the rows before stands next: "no refund or one under 50"."""
    said = [one for one in after[:5] if one.kind != "fill" or one.what not in grammar.of_them]
    kinds = [one.kind for one in said[:2]]
    return kinds == ["fill", "quantity"] and said[0].what in grammar.ones


def without_repeated_every(chunks: Sequence[Chunk], model: Model) -> list[Chunk]:
    """Return `chunks` with "all women and all men" as "all women and men"."""
    found: list[Chunk] = []
    for place, one in enumerate(chunks):
        following = chunks[place + 1 : place + 2]
        if one.kind != "every" or not _are_people_listed(found, following, model):
            found.append(one)
    return found


def without_emphasis(chunks: Sequence[Chunk]) -> Iterator[Chunk]:
    """Yield `chunks` without "single" where it stresses a denial, "every", or the number one."""
    is_denied = False
    for before, one in pairwise((Chunk(0, 0, ""), *chunks)):
        is_denied = (is_denied and one.kind not in TURNS) or one.kind in DENIALS
        is_one = before.kind == "quantity" and before.what.numbers == (1,)
        if one.kind not in {"single", "sole"} or not (
            is_denied or is_one or before.kind == "every"
        ):
            yield one


def without_any_more(chunks: Sequence[Chunk], model: Model, grammar: Grammar) -> list[Chunk]:
    """Return `chunks` without "mehr" after a denial: "seit Mai keine Bestellung mehr".

    Without a time, it states that it was so before, as `any_more`: "wollen keinen Newsletter mehr".
    """
    found: list[Chunk] = []
    rest = list(chunks)
    while rest:
        clause = list(takewhile(lambda one: one.kind not in TURNS, rest))
        kinds = {one.kind for one in clause}
        is_timed = bool(kinds & {"period", "length"})
        is_denied = bool(kinds & ({"not", "never"} if is_timed else {"not"}))
        stressed = [
            one
            for one, after in zip(clause, [*clause, None][1:], strict=True)
            if is_denied and _is_any_more(one, grammar) and not _is_counted(after, model, grammar)
        ]
        for one in clause:
            if one not in stressed:
                is_past = one.kind == "not" and stressed and not is_timed
                found.append(replace(one, kind="no_longer") if is_past else one)
            elif not is_timed:
                found.append(replace(one, kind="any_more"))
        size = len(clause)
        found += rest[size : size + 1]
        del rest[: size + 1]
    return found


def _is_any_more(chunk: Chunk, grammar: Grammar) -> bool:
    return chunk.kind == "unknown" and chunk.text.lower() in grammar.any_more


def _is_counted(chunk: Chunk | None, model: Model, grammar: Grammar) -> bool:
    """Return whether "more" before `chunk` compares its number: "mehr Bestellungen"."""
    if chunk is None:
        return False
    if chunk.kind == "fill":
        return re.fullmatch(grammar.pieces, chunk.what) is not None
    # After "keine Mail mehr" stands the verb: "geöffnet".
    return chunk.kind == "name" and not any(
        name.done or model.is_deed([name.code]) for name in chunk.what
    )


def nouns_first(chunks: Sequence[Chunk], grammar: Grammar) -> Iterator[int]:
    """Yield the places of values that begin a clause, after articles and "all" alone."""
    is_first = True
    for one in chunks:
        if one.kind == "value" and is_first:
            yield one.start
        is_article = one.kind == "fill" and one.what in grammar.articles
        is_first = one.kind in TURNS or (is_first and (is_article or one.kind == "every"))


def _are_people_listed(before: Sequence[Chunk], after: Sequence[Chunk], model: Model) -> bool:
    """Return whether a list of customers goes on `after` a word such as "all"."""
    joins = list(takewhile(lambda one: one.kind in JOINS, reversed(before)))
    rest = before[: len(before) - len(joins)]
    clause = takewhile(lambda one: one.kind not in TURNS, reversed(rest))
    nouns = [*rest[-1:], *after]
    if not joins or [one.kind for one in nouns] != ["value", "value"]:
        return False
    codes = [[named.attribute for named in noun.what[0]] for noun in nouns]
    if any(map(model.names_products, codes)) and not {one.kind for one in clause} <= BARE:
        # "Bought women and all men", where these are categories, is about products.
        return False
    return all(model.standing(each, "", "") for each in codes)


def starts_of_clauses(chunks: Sequence[Chunk], is_sign: Callable[[Chunk], bool]) -> Iterator[int]:
    """Yield the starts of all chunks of clauses that contain a sign, such as a verb of their own.

    "And live not in ..." has a verb of its own.
    """
    clause: list[Chunk] = []
    for one in [*chunks, Chunk(-1, -1, "but")]:
        clause.append(one)
        if one.kind in TURNS:
            if any(map(is_sign, clause)):
                yield from (each.start for each in clause)
            clause = []


def small_words(chunk: Chunk) -> list[str]:
    """Return the words of a chunk among which an article may stand."""
    is_name = chunk.kind in {"name", "any", "never", "not"}
    return chunk.text.lower().split() if is_name else [chunk.what] if chunk.kind == "fill" else []


def words_of_chunk(chunk: Chunk) -> list[str]:
    """Return the words of a chunk as they are compared, without accents and capitals."""
    return [str(chunk.what)] if chunk.kind == "fill" else list(key_of(chunk.text))
