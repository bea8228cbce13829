"""Names that people type: they can be seen and leave the text around them alone."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.problems import Problem

# Letters and signs of Unicode that show nothing, though their category is not that of a space:
# combining grapheme joiner, fillers of Hangul, the empty pattern of Braille.
EMPTY = "\u034f\u115f\u1160\u2800\u3164\uffa0"
# Embeddings, overrides and isolates: until they end, they turn the text of a page around. The
# marks U+200E, U+200F and U+061C turn nothing but themselves.
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# Control characters and ends of lines.
CONTROLS = {"Cc", "Zl", "Zp"}


def name_problem(name: str) -> Problem | None:
    """Return the problem of a name that a person has typed; None for a valid name.

    Joiners between letters and emoji, and letters of every script, are right.
    """
    if all(one in EMPTY or unicodedata.category(one)[0] in "CZ" for one in name):
        return Problem("", "blank", _("A name needs something that can be seen."))
    if any(one in TURNING or unicodedata.category(one) in CONTROLS for one in name):
        text = _("A name has no control characters, and none that change the direction of text.")
        return Problem("", "invalid_characters", text)
    return None


def check_name(name: str) -> None:
    """Raise ValidationError, as a validator of a form's field, where `name` is not right."""
    if problem := name_problem(name):
        raise ValidationError(problem.message, code=problem.code)
