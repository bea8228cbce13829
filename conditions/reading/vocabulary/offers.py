"""Suggestions for words that were not understood."""

import re
from collections.abc import Iterator

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.numbers import Numbers
from conditions.reading.languages.words import key_of
from conditions.reading.vocabulary.names import Names

MOST = 3
# Places among others, in words of every language.
PLACES = ("top 10 %", "top 100")
# The least similarity, of 100, at which two texts are alike.
LIKE = 78
# So few letters resemble a part of nearly every name.
SHORT = 4


def offers(text: str, names: Names, grammar: Grammar) -> tuple[str, ...]:
    """Return at most three texts that would be understood in the place of `text`.

    Known words are kept: without "not" or "since June" the question would be another one.
    """
    if text[:1].isdigit():
        return tuple(dict.fromkeys(_numbers(text, grammar.numbers)))[:MOST]
    words = key_of(text)
    said = " ".join(words)
    if re.fullmatch(grammar.best, said):
        # "Most valuable" needs a number.
        return PLACES
    if re.fullmatch(grammar.loyal, said):
        return (grammar.regular,)
    is_known = any(word in grammar.meaning or names.knows(word) for word in words)
    if len(said) < 3 or is_known:
        return ()
    found = process.extract(
        said, names.shown, scorer=fuzz.WRatio, score_cutoff=LIKE, limit=MOST * 3
    )
    # A much shorter name only resembles a part of the text.
    near = [name for name, _likeness, _place in found if 2 * len(name) > len(said)]
    if len(said) <= SHORT:
        near = [one for one in near if one.split()[0] == said or OSA.distance(one, said) <= 1]
    return tuple(dict.fromkeys(names.shown_as[name] for name in near))[:MOST]


def _numbers(text: str, numbers: Numbers) -> Iterator[str]:
    """Yield the numbers that a text with other separators may mean, in the reader's format."""
    match = re.fullmatch(r"(\d[\d.,]*)([.,])(\d+)", text.rstrip(".,"))
    if match is None:
        return
    before = re.sub(r"[.,]", "", match[1])
    decimals = match[3].rstrip("0")
    yield f"{before}{numbers.decimal}{decimals}" if decimals else before
    if len(match[3]) == 3:
        yield f"{before}{match[3]}"
