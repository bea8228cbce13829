"""Coupon codes: random codes that cannot be guessed, and the validation of their form."""

import re
import secrets

from django.utils.translation import gettext as _

from core.problems import Invalid, Problem
from core.text.folding import fold

# Without characters that are easily confused: I and 1, O and 0.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SHORTEST, LONGEST = 8, 24
FEWEST_CODES = 2**40
PREFIX_LENGTH = 32
ALPHABET_SPELLING = re.compile(r"[A-Za-z0-9]{2,64}")
PREFIX_SPELLING = re.compile(r"[A-Za-z0-9_-]*")


def check_codes(prefix: str, length: int, alphabet: str) -> None:
    """Raise `Invalid` for a bad prefix, length or alphabet, and for codes that can be guessed."""
    problems = []
    if not PREFIX_SPELLING.fullmatch(prefix) or len(prefix) > PREFIX_LENGTH:
        text = _("At most %(most)d letters, digits, “_” and “-” of ASCII.")
        problems.append(Problem("prefix", "invalid", text % {"most": PREFIX_LENGTH}))
    if not SHORTEST <= length <= LONGEST:
        text = _("From %(least)d to %(most)d characters.")
        said = text % {"least": SHORTEST, "most": LONGEST}
        problems.append(Problem("length", "out_of_range", said))
    different = len(set(fold(alphabet)))
    if not ALPHABET_SPELLING.fullmatch(alphabet) or different < len(alphabet):
        text = _("From 2 different letters and digits of ASCII; upper and lower case are alike.")
        problems.append(Problem("alphabet", "invalid", text))
    if not problems and different**length < FEWEST_CODES:
        text = _("So short codes can be guessed: take more characters, or different ones.")
        problems.append(Problem("length", "too_short", text))
    if problems:
        raise Invalid(problems)


def random_code(prefix: str, length: int, alphabet: str) -> str:
    """Return the prefix and `length` cryptographically random characters of `alphabet`."""
    return prefix + "".join(secrets.choice(alphabet) for _place in range(length))
