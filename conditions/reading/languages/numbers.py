"""Numbers as people write them: `1,000.50`, `1.000,50`, `zweihundert`, `a dozen`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

NUMBER_LIMIT = 10**14
HUNDRED, THOUSAND, MILLION = 100, 1000, 1_000_000
MULTIPLES = {"": 1, "k": THOUSAND, "m": MILLION, "mio": MILLION}


@dataclass(frozen=True)
class Numbers:
    """How a language writes numbers.

    `thousands` and `decimal` are its separators (a space between thousands is always understood);
    `words` are numbers below a hundred, `times` are factors of the word before, `joining` stand
    between them.
    """

    thousands: str
    decimal: str
    words: Mapping[str, int]
    times: Mapping[str, int]
    joining: str = ""

    @property
    def pattern(self) -> str:
        """The regular expression of a number, in figures or in words."""
        word = "|".join(sorted((*self.words, *self.times), key=len, reverse=True))
        joined = f" ?(?:{self.joining})? ?" if self.joining else " ?"
        return rf"(?:\d[\d.,]*(?! e \d)(?: (?:k|m|mio)\b)?|(?:{word})(?:{joined}(?:{word}))*)"

    def read(self, text: str) -> Decimal | None:
        """Return the number that `text` is; None where it is ambiguous or too large."""
        number = self._figures(text) if text[:1].isdigit() else self._in_words(text)
        fits = number is not None and number < NUMBER_LIMIT and number == round(number, 4)
        return number if fits else None

    def _figures(self, text: str) -> Decimal | None:
        thousands, decimal = re.escape(self.thousands or " "), re.escape(self.decimal)
        spelled = rf"(?:\d+|\d{{1,3}}(?:{thousands}\d{{3}})+)(?:{decimal}\d{{1,20}})?"
        text, multiple = re.fullmatch(r"(.*?)(?: (k|m|mio))?", text, re.DOTALL).groups("")  # type: ignore[union-attr]
        text = text.rstrip(".,")
        if not re.fullmatch(spelled, text) or len(text) > 40:
            return None
        if re.fullmatch(rf"[1-9]\d{{0,2}}{decimal}\d{{3}}", text):
            # 1.000 is one in English and a thousand elsewhere.
            return None
        number = Decimal(text.replace(self.thousands or " ", "").replace(self.decimal, "."))
        return number * MULTIPLES[multiple]

    def _in_words(self, text: str) -> Decimal | None:
        known = sorted((*self.words, *self.times), key=len, reverse=True)
        whole = rest = 0
        for word in re.findall("|".join(known), text):
            if word in self.words:
                rest += self.words[word]
            elif self.times[word] == THOUSAND:
                whole, rest = whole + max(rest, 1) * THOUSAND, 0
            else:
                rest = max(rest, 1) * self.times[word]
        return Decimal(whole + rest)
