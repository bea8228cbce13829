"""Looks up names in the shop's data, not in the registry: cities, brands, coupons, products."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from conditions.attribute import Attribute, StoredTexts
from conditions.language.choices import newest
from conditions.language.types import TextType
from conditions.reading.chunks.chunk import Chunk
from conditions.reading.languages.words import Line, Word, key_of, plain
from conditions.reading.vocabulary.minute_cache import cached_for_minute
from conditions.reading.vocabulary.names import Key, MayLookUp, Named, Names, inflected_names
from core.text.folding import fold
from customers.models import Product

# The limits: unknown words looked up, values of an attribute cached, product names cached.
WORDS, VALUES, NAMES = 8, 5_000, 20_000
LONGEST = 5
# The kinds of the pieces that make up a name of several pieces, and the most pieces.
NAMING = frozenset({"value", "name", "unknown"})
MOST_PIECES = 6
ByKey = Mapping[Key, str]


def look_up(line: Line, unknown: Sequence[int], names: Names, may_look_up: MayLookUp) -> bool:
    """Add to `names` the values stored under unknown words; return whether there were any.

    `unknown` are the numbers of words of the line.
    """
    found: list[tuple[Key, Named]] = []
    unknown = unknown[:WORDS]
    bare = [one for one in names.texts() if one.said_bare and may_look_up(one)]
    for attribute in sorted(bare, key=lambda one: one.said_in_part):
        if attribute.said_in_part:
            values = chain.from_iterable(_products(line.said, number) for number in unknown)
        else:
            values = chain.from_iterable(
                _stored_values(line.said, unknown, attribute, stored)
                for stored in attribute.stored_texts()
            )
        found += [(key, Named(attribute.code, value)) for key, value in values]
    for key, named in found:
        names.add_value(key, named)
    return bool(found)


def look_up_whole(
    line: Line, chunks: Sequence[Chunk], names: Names, may_look_up: MayLookUp
) -> bool:
    """Add to `names` the products named by several words, or in quotation marks.

    For a name of several pieces ("gift card"), a part of the product's name is enough where one of
    the pieces has another meaning than a product; otherwise the name has to be complete. Returns
    whether any product was found.
    """
    named = [
        one for one in names.texts() if one.said_bare and one.said_in_part and may_look_up(one)
    ]
    found = {*_in_quotes(line, chunks, names), *_of_pieces(line, chunks, names)} if named else ()
    for key, text in found:
        for attribute in named:
            names.add_value(key, Named(attribute.code, text))
    return bool(found)


def _in_quotes(line: Line, chunks: Sequence[Chunk], names: Names) -> Iterator[tuple[Key, str]]:
    said = [one for one in chunks if one.kind != "fill"]
    for before, one in pairwise((None, *said)):
        text = line.said[one.start].quoted if one is not None and one.kind == "literal" else None
        if text is None or (before is not None and _is_text_name(before, names)):
            continue
        if f" {plain(text)} " in cached_for_minute("products", _product_names):
            yield key_of(text), text


def _is_text_name(chunk: Chunk, names: Names) -> bool:
    """Return whether the words after `chunk` are compared as they are written: a coupon's code."""
    if chunk.kind != "name":
        return chunk.kind in {"starts_with", "ends_with", "contains"}
    attributes = (names.attributes.get(one.code) for one in chunk.what)
    return any(one is not None and isinstance(one.type, TextType) for one in attributes)


def _of_pieces(line: Line, chunks: Sequence[Chunk], names: Names) -> Iterator[tuple[Key, str]]:
    prefixes = {one.prefix for one in names.texts() if one.said_in_part}

    def is_of_product(chunk: Chunk) -> bool:
        return chunk.kind == "value" and any(
            one.attribute.partition(".")[0] in prefixes for one in chunk.what[0]
        )

    for size in range(MOST_PIECES, 1, -1):
        for first in range(len(chunks) - size + 1):
            pieces = chunks[first : first + size]
            if {pieces[0].kind, pieces[-1].kind} - NAMING or all(
                one.kind == "name" for one in pieces
            ):
                continue
            words = line.said[pieces[0].start : pieces[-1].end]
            found = [is_of_product(one) for one in pieces]
            is_part = {one.kind for one in pieces} <= NAMING and any(found) and not all(found)
            if text := _product_called(words, is_part=is_part):
                yield _key(words), text


def _product_called(words: Sequence[Word], *, is_part: bool) -> str:
    """Return the text that `words` are in a product's name: all, or `is_part`; empty if nothing."""
    written = " ".join(word.written for word in words)
    if plain(written) in cached_for_minute("products by name", _whole_product_names):
        return written
    if is_part:
        known = cached_for_minute("products", _product_names)
        for number, key in enumerate((_key(words), *inflected_names(_key(words)))):
            if f" {' '.join(key)} " in known:
                return " ".join(key) if number else written
    return ""


def _whole_product_names() -> frozenset[str]:
    return frozenset(
        line.strip() for line in cached_for_minute("products", _product_names).split("\n")
    )


def _stored_values(
    said: Sequence[Word], unknown: Sequence[int], attribute: Attribute, stored: StoredTexts
) -> Iterator[tuple[Key, str]]:
    """Yield the values that contain an unknown word, with the words that found them."""
    by_heart = cached_for_minute(f"{attribute.code} {stored.column}", lambda: _newest(stored))
    spans = {
        (start, end)
        for number in unknown
        for start in range(max(0, number - 2), number + 1)
        for end in range(number + 1, min(len(said), start + LONGEST) + 1)
    }
    written = {_folded_text(said[start:end]): _key(said[start:end]) for start, end in spans}
    exact = _exactly(stored, written)
    known = {_key(said[start:end]) for start, end in spans} & by_heart.keys()
    yield from ((written[fold(value)], value) for value in exact)
    yield from ((key, by_heart[key]) for key in known)
    if exact or known:
        return
    single = {key[0]: value for key, value in by_heart.items() if len(key) == 1}
    for number in unknown:
        word = said[number].said
        if len(word) >= 6 and word.isalpha():
            near = process.extract(word, list(single), scorer=OSA.distance, score_cutoff=1, limit=2)
            if len(near) == 1:
                yield (word,), single[near[0][0]]


def _newest(stored: StoredTexts) -> ByKey:
    """Return the values of the newest rows by their words, also by spellings without umlauts."""
    rows = newest(stored.rows).filter(**{f"{stored.folded}__gt": ""}).order_by()
    found: dict[Key, str] = {}
    for value in rows.values_list(stored.column, flat=True).distinct()[:VALUES]:
        for key in (key_of(value), key_of(_digraphs(value))):
            if key:
                found.setdefault(key, value)
    return found


def _exactly(stored: StoredTexts, texts: Collection[str]) -> list[str]:
    """Return the folded `texts` that are values; none where the column has no index."""
    if not any(index.fields[:1] == [stored.folded] for index in stored.rows.model._meta.indexes):
        return []
    rows = stored.rows.filter(**{f"{stored.folded}__in": list(texts)}).order_by()
    return list(rows.values_list(stored.column, flat=True).distinct()[:WORDS])


def _folded_text(words: Sequence[Word]) -> str:
    return fold(" ".join(word.written for word in words))


def _key(words: Sequence[Word]) -> Key:
    return tuple(word.said for word in words)


def _digraphs(value: str) -> str:
    """Return `value` in the spelling of people who have no umlauts on their keyboard."""
    text = unicodedata.normalize("NFC", value.casefold())
    for letter, two in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        text = text.replace(letter, two)
    return text


def _products(said: Sequence[Word], number: int) -> Iterator[tuple[Key, str]]:
    """Yield the longest run of words around an unknown one that stands in a product's name."""
    word = said[number]
    if len(word.written) < 3:
        return
    known = cached_for_minute("products", _product_names)
    if f" {plain(word.written)}" not in known:
        return
    spans = [
        (start, end)
        for start in range(max(0, number - 3), number + 1)
        for end in range(number + 1, min(len(said), number + 4) + 1)
        if end - start <= LONGEST
    ]
    for start, end in sorted(spans, key=lambda span: span[0] - span[1]):
        if f" {' '.join(plain(one.written) for one in said[start:end])} " in known:
            yield _key(said[start:end]), " ".join(one.written for one in said[start:end])
            return


def _product_names() -> str:
    """Return the names of the newest products in one text, one on each line."""
    names = newest(Product.objects.all()).order_by().values_list("name", flat=True)[:NAMES]
    return "".join(f" {plain(name)} \n" for name in names)


def correct_line(
    line: Line, unknown: Sequence[int], known: frozenset[str], grammar: frozenset[str]
) -> Line | None:
    """Return the line with unknown words replaced by the nearest known ones; None without any.

    `grammar` are the `known` words that belong to the grammar.
    """
    words, changed = list(line.said), False
    for number in unknown:
        word = words[number]
        if word.kind != "word" or len(word.said) < 4:
            continue
        # Short words are only corrected to words of the grammar: "cats" are no carts.
        better = _nearest(word.said, known if len(word.said) > 4 else grammar)
        if better is not None:
            words[number] = Word(word.start, word.end, word.written, better, word.kind)
            changed = True
    return Line(words) if changed else None


def _nearest(word: str, known: frozenset[str]) -> str | None:
    undone = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
    if undone in known:
        return undone
    most = 2 if len(word) >= 9 else 1
    near = process.extract(word, known, scorer=OSA.distance, score_cutoff=most, limit=8)
    if not near:
        return None
    # The second letter must be the same: "stopped" is no "shopped".
    near = [
        one
        for one in near
        if sorted(one[0]) == sorted(word)
        or (one[0][0] == word[0] and (one[0][1] == word[1] or len(one[0]) != len(word)))
    ]
    if not near:
        return None
    least = min(distance for _word, distance, _key in near)
    return min(one for one, distance, _key in near if distance == least)
