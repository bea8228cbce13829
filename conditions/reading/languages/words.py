"""A text as words: the place of each, and the form that is compared (no accents, no capitals)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from conditions.reading.languages.grammar import Grammar

# Letters that Unicode does not decompose.
LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
_WORD = re.compile(
    r"""(?P<quoted>"[^"]+"|[“„][^“”"]+[“”"]|«[^«»]+»)
    |(?P<address>(?<![\w.@])\.[^\W\d_]{2,}(?:\.[^\W\d_]{2,})*|[\w.+-]*@[\w-]+(?:\.[\w-]+)*|[^\W\d_][\w-]*(?:\.[^\W\d_]{2,})+)
    |(?P<code>[^\W_]*[^\W\d_]-\d[\w-]*|[^\W\d_]+_\d\w*
        # A coupon is one word: WELCOME10; "juni2025" is not.
        |(?!(?i:jan|f[eé]v|feb|m[aä]r|a[pv]r|mai|may|ju[nil]|aug|ao[uû]|sep|o[ck]t|nov|d[eé][cz])
            [^\W\d_]*\d)[^\W\d_]{4,}\d[^\W_]*)
    |(?P<date>\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})
    |(?P<number>\d{1,3}(?:[\ \u00a0\u202f]\d{3})+(?!\d)(?:,\d+)?
        |\d{1,3}(?:['’]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:[.,]\d+)*)
    |(?P<negated>[^\W\d_]+n['’]t)\b
    |(?P<word>[^\W\d_](?:[^\W\d_]|[\u00ad\u200b-\u200d])*)
    |(?P<sign>[^\s])""",
    re.VERBOSE,
)
# Signs that mean something between words; of all others a text is the same without them.
# Verbs that "n't" shortens: "can't".
STEMS = {"ca": "can", "wo": "will"}
# Soft hyphens and what joins letters.
UNSEEN = "\u00ad\u200b\u200c\u200d"
QUOTED = "“"
SIGNS = frozenset("+<>≥≤=€$£&%,;:–()/|")


@dataclass(frozen=True)
class Word:
    """A word, number or sign of a text, from `start` to `end` (in characters).

    `said` is the form that is compared; empty where the word has no meaning, such as a full stop.
    """

    start: int
    end: int
    written: str
    said: str
    kind: str

    @property
    def quoted(self) -> str | None:
        """The text in quotation marks; None where the word has none."""
        return self.written[1:-1].strip() if self.kind == "quoted" else None


def plain(text: str) -> str:
    """Return `text` without accents and capitals, as words are compared."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return "".join(
        one for one in decomposed if not unicodedata.combining(one) and one not in UNSEEN
    )


def words_of(text: str) -> list[Word]:
    """Return the words of `text`, in order."""
    found = []
    for match in _WORD.finditer(text):
        kind, written = str(match.lastgroup), match.group()
        said = plain(written)
        if kind == "negated":
            # The ending "n't" becomes a word of its own.
            stem = STEMS.get(said[:-3], said[:-3])
            found.append(Word(match.start(), match.end(), written, stem, kind))
            said = "not"
        elif kind == "sign":
            between = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
            is_dash = written in "-–—" and len(between.strip()) == 2 and between.isdecimal()
            follows = text[match.end() : match.end() + 1]
            begins = not text[match.start() - 1 : match.start()].strip(" ([\n\t,")
            if is_dash:
                said = "–"
            elif written in "-–−" and begins and follows.isalnum():
                # Negative numbers make no sense in sentences; in "-VIP" the sign may deny the word.
                said = "−"
            elif written == "≠":
                found.append(Word(match.start(), match.end(), written, "!", kind))
                said = "="
            elif written == "!" and (follows == "=" or (begins and follows.isalnum())):
                said = "!"
            else:
                said = written if written in SIGNS else ""
        elif kind == "number":
            said = re.sub(r"[\s'’]", "", said)
        elif kind == "quoted":
            said = QUOTED
        found.append(Word(match.start(), match.end(), written, said, kind))
    return found


def with_half_years(line: "Line", grammar: Grammar) -> "Line":
    """Return the line with half a year as six months, and a year and a half as 18 months.

    "The first half year of 2025" is a part of that year.
    """
    words = _with_months(line.said, grammar)
    length = rf"(?:{grammar.numbers.pattern}|{grammar.units['year']})"
    part = re.compile(rf"(?:^| )(?:[12]|{'|'.join(grammar.ordinals[:2])})(?: \w+)?$")
    longer = re.compile(rf"(?:^| ){length} (?:and|und|et)(?: \w+)?$")
    for spelling in grammar.half_years:
        parts = spelling.split()
        for place in range(len(words) - len(parts), -1, -1):
            half = words[place : place + len(parts)]
            before = " ".join(one.said for one in words[:place])
            is_more = longer.search(before) or part.search(before)
            if [one.said for one in half] == parts and not is_more:
                first, last = half[0], half[-1]
                written = " ".join(one.written for one in half)
                words[place : place + len(parts)] = [
                    Word(first.start, last.end, written, one, "word") for one in grammar.six_months
                ]
    return Line(words) if words != line.said else line


def _with_months(words: Sequence[Word], grammar: Grammar) -> list[Word]:
    """Return the words with each length of `months_of` as a number of months."""
    found = list(words)
    for spelling, months in grammar.months_of.items():
        parts = spelling.split()
        for place in range(len(found) - len(parts), -1, -1):
            length = found[place : place + len(parts)]
            if [one.said for one in length] == parts:
                first, last = length[0], length[-1]
                written = " ".join(one.written for one in length)
                found[place : place + len(parts)] = [
                    Word(first.start, last.end, written, str(months), "number"),
                    Word(first.start, last.end, written, grammar.six_months[1], "word"),
                ]
    return found


def key_of(text: str) -> tuple[str, ...]:
    """Return the words by which a name is found: `Home & living` as `home`, `&`, `living`."""
    return tuple(word.said for word in words_of(text) if word.said)


@dataclass(frozen=True)
class Line:
    """The words of a line, as the patterns of a language read them, and the start of each."""

    words: Sequence[Word]
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", "".join(f"{word.said} " for word in self.said))

    @cached_property
    def said(self) -> list[Word]:
        """The words that have a meaning."""
        return [word for word in self.words if word.said]

    @cached_property
    def starts(self) -> dict[int, int]:
        """The number of the word that begins at each place of the line."""
        found, place = {}, 0
        for number, word in enumerate(self.said):
            found[place] = number
            place += len(word.said) + 1
        return found
