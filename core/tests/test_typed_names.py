"""Names that people type: they can be seen, and leave the text around them alone."""

import pytest

from core.text.typed_names import name_problem


def code_of(name):
    problem = name_problem(name)
    return problem and problem.code


@pytest.mark.parametrize(
    "name", ["", " \t", "\u200b", "\u00a0\u2060\ufeff", "\u202e\u202c", "\u3164", "\x7f\u00ad"]
)
def test_name_needs_something_to_see(name):
    assert code_of(name) == "blank"


@pytest.mark.parametrize("sign", "\n\t\x07\x85\u2028\u202a\u202e\u2066\u2069")
def test_name_turns_no_text_around(sign):
    assert code_of(f"VIP{sign}moc.live") == "invalid_characters"


@pytest.mark.parametrize(
    "name",
    [
        "Ann & Co.",
        "عملاء مميزون",
        "می\u200cخواهم",
        "לקוחות\u200f (VIP)",
        "👩\u200d👧 Familien",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "ลูกค้า\u200bดี",
        "क्\u200dष",
    ],
)
def test_name_has_letters_of_every_script(name):
    assert code_of(name) is None
