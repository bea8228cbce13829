"""The grammar of a language, as data: all that is needed to read sentences about customers.

The names of attributes, relations and values stand at each of them, not here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from conditions.reading.languages.numbers import Numbers

# The number of days in each unit.
DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
UNITS = ("hour", *DAYS)
# A third of customers in per cent, as exactly as a random part can be.
THIRD = Decimal("33.33")
Patterns = Sequence[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Grammar:
    """The grammar of one language, for words without accents and capitals.

    `units` are the words for hours, days and so on, `months` for the twelve months. `comparing` are
    the words before a number, `compared` those after it; `once` are words for a number of times.
    `periods` are regular expressions by their meaning, with `{n}` for a number, `{u}` for a unit,
    `{date}` for a day, `{month}`, `{year}` and `{month_or_day}` without one; `words` are those of
    all words that join and deny. `totalling` are those of `worth` that may be about all rows
    together. `filling` has no meaning; after a word of `inside`, a segment's name is the segment,
    and after one of `out_of` a category's name the category; `articles` may stand between the two.
    `finite` are the verbs among the filling words that make a clause of their own.
    """

    code: str
    numbers: Numbers
    units: Mapping[str, str]
    months: Sequence[str]
    dates: Sequence[str]
    # The words for first, second ..., up to 31 where days have them; and those after them for a
    # part of a year: "first half of", "ersten Quartal".
    ordinals: Sequence[str]
    half: str
    quarter: str
    month_first: bool
    comparing: Mapping[str, str]
    compared: Mapping[str, str]
    between: Sequence[str]
    once: Mapping[str, int]
    times: str
    pieces: str
    worth: str
    totalling: str
    periods: Patterns
    words: Patterns
    filling: str
    inside: frozenset[str]
    out_of: frozenset[str]
    articles: frozenset[str]
    # Words for a part of customers that is drawn: {n} is the share, “ the draw in quotation marks.
    draws: Sequence[str]
    # Words for a share, in per cent; `at_random` makes it a random one.
    fractions: Mapping[str, Decimal]
    at_random: str
    # The verbs of rows that last: they began (`start`), ended (`end`), or were there (`was`).
    spans: Mapping[str, str]
    # Habits by their kinds (see `habits`): {n} periods {cal} or rows, {a} of them, {op} compared.
    habits: Patterns
    # {years} in habits: twelve months (`one_year`), or six (`half_year`).
    years: str
    # The words that begin a predicate ("or are from Germany"), that end one where `verb_last`.
    finite: str
    # The words that mean "no row" by themselves ("3 orders, none over 100"), and those that stand
    # for a row named before ("no refund or one under 50").
    none: frozenset[str]
    ones: frozenset[str]
    # The words for any row, not the one named before: "clicked a mail but never opened one".
    of_any: frozenset[str]
    # The words of `not` after which rows lack something: "orders without shoes".
    lacking: frozenset[str]
    # The words besides those of `ones` for a part of the rows before: "one of them".
    of_them: frozenset[str]
    # The words for the rows before, of which a denial may be: "clicked none of them".
    them: frozenset[str]
    # The verbs that state that customers got rows: without one, "opened a mail in May and two mails
    # in June" is about two opened mails.
    receiving: frozenset[str]
    # Spellings of half a year, the longest first, and the words for six months.
    half_years: Sequence[str]
    six_months: Sequence[str]
    # Other lengths of time in words, as a number of months: "a year and a half".
    months_of: Mapping[str, int]
    # The words for a place among others that needs a number.
    best: str
    # The words for loyalty, which needs a number; the word for customers with several orders.
    loyal: str
    regular: str
    # The words that stress a denial with a time: "no order any more since May".
    any_more: frozenset[str]
    # The words after which a place may be the destination ("ordered in Germany"); those for all
    # other places, where one of `toward` would name the destination: "shipped outside".
    at_place: frozenset[str]
    outside: frozenset[str] = frozenset()
    toward: frozenset[str] = frozenset()
    # The words of `never` that deny the present, too: "not at all subscribed".
    at_all: frozenset[str] = frozenset()
    # The numbers that are articles, too: "un produit" may mean any product.
    indefinite: frozenset[str] = frozenset()
    # A word without meaning stands between a denial and its object: "pas de".
    has_partitive: bool = False
    # What customers may not want, {advertising}. Segments have such names: no words of the grammar.
    advertising: str = ""
    # The nouns for customers that may mean women alone, or all customers.
    feminine: frozenset[str] = frozenset()
    # Complements and adverbs stand before their verb.
    verb_last: bool = False

    @cached_property
    def slots(self) -> Mapping[str, str]:
        """The expressions for the slots of the patterns."""
        return {
            "n": rf"(?P<n>{self.numbers.pattern})",
            "u": "(?:" + "|".join(rf"(?P<{unit}>{self.units[unit]})" for unit in UNITS) + ")",
            "cal": "(?:"
            + "|".join(rf"(?P<{unit}>{self.units[unit]})" for unit in UNITS if unit != "hour")
            + ")",
            "a": rf"(?P<a>{self.numbers.pattern})",
            "b": rf"(?P<b>{self.numbers.pattern})",
            # A unit named again, which must be the same.
            "u1": "(?:" + "|".join(rf"(?P<{u}_again>{self.units[u]})" for u in DAYS) + ")",
            "advertising": f"(?:{self.advertising})",
            "month": "(?:" + "|".join(f"(?:{month})" for month in self.months) + ")",
            "year": r"(?:19|20)\d\d",
            "ordinal": f"(?:{'|'.join(self.ordinals)})",
        }

    @cached_property
    def listing(self) -> frozenset[str]:
        """The words that join the values of a list."""
        joining = (pattern for concept, pattern in self.words if concept in {"and", "or", "nor"})
        return frozenset(_words_of(*joining))

    @cached_property
    def finite_verbs(self) -> frozenset[str]:
        """The verbs that make a clause of their own."""
        return frozenset(self.finite.split("|"))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the patterns."""
        return frozenset(self.meaning | _words_of(self.filling))

    @cached_property
    def meaning(self) -> set[str]:
        """Every word of the patterns that has a meaning."""
        return _words_of(
            *self.units.values(),
            *self.months,
            *self.comparing.values(),
            *self.compared.values(),
            *(pattern for _concept, pattern in (*self.periods, *self.words)),
            *self.draws,
            *self.fractions,
            self.at_random,
            *(pattern for _kind, pattern in self.habits),
            self.times,
            self.pieces,
            self.worth,
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Every word of four letters or more of the patterns, to correct misspelled words."""
        # No word is corrected to a number ("right" is no eight), nor a short word to a filling word
        # ("dogs" would become "does" and be lost).
        numbers = {*self.numbers.words, *self.numbers.times}
        filling = {word for word in _words_of(self.filling) if len(word) > 5}
        return frozenset(word for word in self.meaning | filling if len(word) > 3) - numbers


def _words_of(*patterns: str) -> set[str]:
    """Return the words that are spelled out in regular expressions."""
    found: set[str] = set()
    for pattern in patterns:
        text = re.sub(r"\{\w+\}|\(\?P<\w+>|\\\w", " ", pattern)
        for word in re.findall(r"[a-z]+(?:\?|\(\?:[a-z|]+\)\??)?[a-z]*", text):
            found |= set(_spellings(word))
    return found


def _spellings(pattern: str) -> list[str]:
    """Return the words that a simple pattern (`days?`, `letzte(?:n|s)?`) matches."""
    match = re.fullmatch(r"([a-z]*)([a-z])\?([a-z]*)", pattern)
    if match:
        start, letter, end = match.groups()
        return [start + end, start + letter + end]
    match = re.fullmatch(r"([a-z]+)\(\?:([a-z|]+)\)(\??)([a-z]*)", pattern)
    if match:
        start, choices, optional, end = match.groups()
        found = [f"{start}{one}{end}" for one in choices.split("|")]
        return [*found, start + end] if optional else found
    return re.findall("[a-z]+", pattern)
