"""The patterns of a grammar, compiled, each with its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel import Locale
from babel.numbers import get_currency_name, get_currency_symbol
from django.conf import settings

from conditions.reading.chunks.dates import day_pattern, yearless_pattern
from conditions.reading.chunks.habits import habit
from conditions.reading.chunks.meanings import (
    Meaning,
    compared,
    draw,
    fraction,
    length_of,
    period,
    quantity,
    word,
)
from conditions.reading.chunks.ranks import rank_patterns
from conditions.reading.languages.grammar import Grammar
from conditions.reading.languages.words import plain

# The text around a pattern that matches whole words.
BEGIN, END = "(?:", r")(?=\s|$)"
# One mail, in all languages.
MAIL = "(?:(?:e )?mail(?:ing)?|email|newsletter)"
# The cost of a word, below that of a name. A season loses against a name with its word and year.
COST = 0.8
COSTS = {"season": 1.5, "foremost": 5.0, "repeat": 1.5}


@cache
def filling_of(grammar: Grammar) -> frozenset[str]:
    """Return the words without meaning, one by one."""
    return frozenset(one for pattern in grammar.filling.split("|") for one in _spellings(pattern))


def _spellings(pattern: str) -> list[str]:
    """Return the spellings that a pattern with optional letters (`customers?`) matches."""
    letter, _, rest = pattern.partition("?")
    if not _:
        return [pattern]
    return [before + after for before in (letter, letter[:-1]) for after in _spellings(rest)]


@cache
def patterns(grammar: Grammar) -> list[tuple[str, re.Pattern[str], Meaning]]:
    """Return the compiled patterns of the grammar, each with the word that it begins with.

    The word is empty where a pattern may begin with several words.
    """
    return [(_first_word(one.pattern), one, meaning) for one, meaning in _compile_patterns(grammar)]


@cache
def ranks_of(grammar: Grammar) -> list[tuple[re.Pattern[str], Meaning]]:
    """Return the compiled patterns of places among others and of averages, with their meanings."""
    found = rank_patterns(grammar, length_of(grammar))
    return [(_whole(pattern), meaning) for pattern, meaning in found]


def _first_word(pattern: str) -> str:
    inner = pattern.removeprefix(BEGIN).removesuffix(END)
    found = re.match(r"[a-z]+(?= [^?]|$)", inner)
    is_one = len(list(_alternatives(inner))) == 1
    return found[0] if found is not None and is_one else ""


def _compile_patterns(grammar: Grammar) -> list[tuple[re.Pattern[str], Meaning]]:
    found: list[tuple[re.Pattern[str], Meaning]] = []
    for concept, pattern in grammar.words:
        # One pattern for each alternative: an expression only finds the first of several.
        for one in _alternatives(pattern):
            meant = word(concept, COSTS.get(concept, COST))
            found.append((_whole(one.format(**grammar.slots)), meant))
    for sign, kind in ((",", "comma"), (r"\(", "open"), (r"\)", "close")):
        found.append((_whole(sign), word(kind, COST)))
    for pattern in grammar.comparing.values():
        # A comparison without a number after it, where the words have no other meaning.
        found += [(_whole(one), word("comparison", 5.0)) for one in _alternatives(pattern)]
    for op, pattern in grammar.compared.items():
        found.append((_whole(pattern), compared(op)))
    for pattern in grammar.draws:
        found.append((_whole(pattern.format(**grammar.slots)), draw(grammar)))
    found += [(_whole(one), fraction(share)) for one, share in grammar.fractions.items()]
    found.append((_whole(f"(?:{grammar.at_random})"), word("random", COST)))
    comparing = "|".join(f"(?P<{op}>{words})" for op, words in grammar.comparing.items())
    for kind, pattern in grammar.habits:
        slots = {
            **grammar.slots,
            "op": f"(?:(?:{comparing}) )?",
            "years": f"(?:{grammar.years})",
            "mail": MAIL,
        }
        found.append((_whole(pattern.format(**slots)), habit(kind, grammar)))
    found += ranks_of(grammar)
    day = day_pattern(grammar)
    for concept, pattern in grammar.periods:
        slots = {
            **grammar.slots,
            "day": f"(?P<date>{day})",
            "date": f"(?P<date>{day}|{grammar.slots['year']})",
            "date2": f"(?P<date2>{day}|{grammar.slots['year']})",
            "yearless": f"(?P<date>{yearless_pattern(grammar)})",
            "month_or_day": f"(?P<month_or_day>{yearless_pattern(grammar)})",
        }
        found.append((_whole(pattern.format(**slots)), period(concept, grammar)))
    found += [(_whole(pattern), quantity(grammar)) for pattern in _quantities(grammar)]
    return found


def _alternatives(pattern: str) -> Iterator[str]:
    """Yield the alternatives between the outermost bars of a regular expression."""
    depth, start = 0, 0
    for place, letter in enumerate(pattern):
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and not depth:
            yield pattern[start:place]
            start = place + 1
    yield pattern[start:]


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{BEGIN}{pattern}{END}")


def _money(grammar: Grammar) -> str:
    """Return the words for the base currency in the grammar's language."""
    code, locale = settings.BASE_CURRENCY, Locale.parse(grammar.code)
    names = {
        code,
        get_currency_symbol(code, locale),
        get_currency_name(code, locale=locale),
        get_currency_name(code, count=1, locale=locale),
        get_currency_name(code, count=2, locale=locale),
    }
    return "|".join(sorted((re.escape(plain(name)) for name in names), key=len, reverse=True))


def _quantities(grammar: Grammar) -> Iterator[str]:
    number = grammar.numbers.pattern
    money = f"(?:{_money(grammar)})"
    comparing = "|".join(f"(?P<{op}>{words})" for op, words in grammar.comparing.items())
    compared = "|".join(f"(?P<{op}_after>{words})" for op, words in grammar.compared.items())
    worth = f"(?:(?P<worth>{grammar.worth}) )?"
    after = (
        f"(?: (?P<percent>%|percent))?(?: (?P<money>{money}))?"
        f"(?: ?(?P<times>{grammar.times}))?(?: (?:{compared}))?(?: (?P<money_after>{money}))?"
        f"(?: (?P<pieces>{grammar.pieces})| (?P<times_after>{grammar.times}))?"
    )
    once = "|".join(sorted(grammar.once, key=len, reverse=True))
    yield (
        f"{worth}(?:(?:{comparing}) )?{worth.replace('worth>', 'worth_too>')}"
        f"(?:(?P<money_before>{money}) )?(?P<n>{number}){after}"
    )
    yield f"(?:(?:{comparing}) )?(?P<once>{once})(?: (?:{compared}))?"
    # "one" alone is no number: "one of them", "eine Bestellung".
    ones = "|".join(word for word, number in grammar.numbers.words.items() if number == 1)
    either = "|".join(pattern for concept, pattern in grammar.words if concept == "or")
    yield f"(?P<a>{number}) (?P<either>{either}) (?P<b>{ones})(?: (?P<times>{grammar.times}))?"
    listing = f"{either}|,(?= {number.replace('?P<n>', '')} (?:{either}) )"
    yield (
        f"(?P<a>{ones}) (?P<either>{listing}) (?P<b>{number})"
        f"(?: (?P<times>{grammar.times})| (?P<pieces>{grammar.pieces}))?"
    )
    # "ein- oder zweimal", "zwei- bis dreimal"
    ends_of_times = {"a": f"(?P<a>{number})", "b": f"(?P<once>{once})"}
    for joined in (f"{{a}} (?P<either>{either}) {{b}}", *grammar.between):
        yield joined.format(**ends_of_times)
    for between in grammar.between:
        ends = {
            end: f"(?:(?P<money_{end}>{money}) )?(?P<{end}>{number})"
            f"(?: (?P<money_{end}_after>{money}))?"
            for end in ("a", "b")
        }
        yield (
            f"{worth}{between.format(**ends)}"
            f"(?: (?P<times>{grammar.times})| (?P<pieces>{grammar.pieces}))?"
        )
