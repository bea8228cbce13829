"""Stored sentences are shown whatever values and texts of other programs they have."""

import pytest

from core.text.sentences import Sentence, keep_verbatim, sentence_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("%(most)s rows", {"least": "1"}),
        ("%(most)d rows", {"most": "many"}),
        ("100 % of %(name)s", {"name": "VIP"}),
        ("100 % of them", {}),
    ],
)
def test_sentence_with_unfit_values_shows_its_text(text, values):
    assert str(sentence_of(Sentence(text, values).stored())) == text


@pytest.mark.parametrize("text", ['{"text": "%(n)s", "values": {}}', "100 %", "%(error)s"])
def test_text_of_another_program_stays_as_it_is(text):
    assert str(sentence_of(keep_verbatim(text).stored())) == text


def test_json_with_another_text_is_no_sentence():
    stored = '{"text": 5, "values": {}}'
    assert sentence_of(stored) == stored
