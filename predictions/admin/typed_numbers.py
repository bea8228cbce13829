"""Reads numbers as people type them; what means two is refused.

As the builder of conditions reads them (`static/segments/builder/figures.js`), but that the
reader's own sign for thousands settles nothing: here nothing says at once what was understood.
"""

import re
from decimal import Decimal

from django.utils.formats import get_format
from django.utils.translation import gettext as _

# What may stand between thousands, and what before decimals.
GROUPS = ("", ",", r"\.", "['’]", "[ \u00a0\u2009\u202f]")
POINTS = (",", r"\.")
MOST_DIGITS = 14


def read_number(text: str) -> Decimal | None:
    """Return the number that `text` is, with the decimals that it has; None where it is none.

    Raises ValueError, with a sentence, where it could be two.
    """
    sign, body = re.fullmatch(r"([-−+]?)(.*)", text.strip(), re.DOTALL).groups()  # type: ignore[union-attr]
    found = _readings(body)
    if len(found) > 1:
        small, large = sorted(found)
        words = {"text": text, "small": _unmistakable(small), "large": spelled(large)}
        raise ValueError(
            _("“%(text)s” could mean %(small)s or %(large)s: please write one of these.") % words
        )
    number = next(iter(found), None)
    return -number if number and sign in {"-", "−"} else number


def spelled(number: object) -> str:
    """Return a number as the reader writes it, its thousands not apart."""
    return str(number).replace(".", get_format("DECIMAL_SEPARATOR"))


def _readings(body: str) -> set[Decimal]:
    found = set()
    for group in GROUPS:
        whole = rf"[1-9]\d{{0,2}}({group})\d{{3}}(?:\2\d{{3}})*" if group else r"\d*()"
        for point in POINTS:
            match = re.fullmatch(rf"({whole})(?:{point}(\d*))?", body, re.ASCII)
            if match is None or point == group or not re.search(r"\d", body, re.ASCII):
                continue
            digits = re.sub(r"\D", "", match[1]).lstrip("0") or "0"
            if len(digits) <= MOST_DIGITS:
                found.add(Decimal(f"{digits}.{match[3]}" if match[3] else digits))
    return found


def _unmistakable(number: Decimal) -> str:
    """Return a number that three decimals would make look like thousands."""
    text = f"{number.normalize():f}"
    return spelled(re.sub(r"(\.\d{3})$", r"\g<1>0", text))
