"""Which texts a spreadsheet might take for a formula."""

import pytest

from core.text.formulas import guard_formula, unguard_formula
from customers.admin.files.exchange import TextCell

# How a formula begins, as far as people do not see it too.
FORMULAS = [
    *("=", "+", "-", "@", "\t", "\r", "\n"),
    *("\uff1d", "\uff0b", "\uff0d", "\uff20"),  # full-width = + - @
    *("\ufeff=", "\u200b=", "\u2060@", "\u00ad+", "\u200e-", "\u202e="),
    *(" =", "\u00a0=", "\u3000\uff1d", "  \t=", "\x01=", "\ufeff \u200b\uff20"),
]
# Of these the guard is a part, which has to come back.
ALREADY_GUARDED = ["'=", "''-", "' +", "'\t"]
HARMLESS = ["a=1", " a", "\u200bAnna", "\ufeff", "\ufeffAnna", "1+1", "'", "é", "–1", "_-"]


@pytest.mark.parametrize("beginning", [*FORMULAS, *ALREADY_GUARDED])
def test_a_formula_gets_a_guard_and_loses_it_again(beginning: str) -> None:
    text = f"{beginning}1+1"
    assert guard_formula(text) == f"'{text}"
    assert unguard_formula(guard_formula(text)) == text
    # So in the admin's files.
    assert TextCell().render(text) == f"'{text}"
    assert TextCell().clean(f"'{text}") == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert guard_formula(text) == text
    assert unguard_formula(text) == text
