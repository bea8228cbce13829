"""What is written in another language than the page's is read in that, and said in the page's."""

import pytest
from django.utils.translation import override

from conditions.reading import read_sentence

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(
    ("text", "language"),
    [("nie bestellt", "en"), ("n'ont jamais commandé", "de"), ("never ordered", "fr")],
)
def test_it_is_read_and_said_in_the_language_asked_for(text, language):
    (reading,) = read_sentence(text, language=language).readings
    with override(language):
        (own,) = read_sentence(reading.sentence, language=language).readings
    assert reading == own
    (english,) = read_sentence("never ordered", language="en").readings
    assert reading.conditions == english.conditions


@pytest.mark.parametrize("text", ["spent more than 1.000", "xyzzy", "never ordered, bestellt nie"])
def test_half_understood_words_are_read_in_the_language_asked_for(text):
    assert read_sentence(text, language="en").unread
