"""The page of forty trees and sentences is what they say now, and each is read back."""

import pytest
from django.conf import settings
from django.utils.translation import override

from conditions.parse import parse_tree
from conditions.phrases.normal import normal
from conditions.reading.exact import exact
from conditions.tests.sentences.forty_trees import FORTY, LANGUAGES, as_markdown, make_names

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_the_page_is_up_to_date():
    make_names()
    page = settings.BASE_DIR / "docs" / "sentences.md"
    assert page.read_text(encoding="utf-8") == as_markdown()


def test_there_are_forty_and_each_sentence_is_its_own():
    make_names()
    for language in LANGUAGES:
        with override(language):
            said = [parse_tree(tree).sentence(exact=True) for tree in FORTY]
            assert len(set(said)) == 40
            assert [exact(one) for one in said] == [normal(tree) for tree in FORTY]
