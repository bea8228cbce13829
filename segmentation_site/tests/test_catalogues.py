"""The translations in locale/: complete, in step with the code, compiled, and offered."""

from typing import Any

import pytest
from babel.messages import Catalog
from django.conf import settings

from bin import messages
from bin.messages import LANGUAGES

each_language = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def said():
    """What the code says, collected once for all tests here."""
    return messages.said()


def texts(catalog: Catalog) -> dict[tuple[str | None, Any], Any]:
    return {(one.context, one.id): one.string for one in catalog if one.id}


@each_language
def test_everything_is_translated_with_the_same_placeholders(language, said):
    assert list(messages.faults(messages.merged_catalog(language, said))) == []


@each_language
def test_the_catalogue_has_what_the_code_says_and_nothing_else(language, said):
    # Otherwise bin/messages has not been run since.
    assert texts(messages.stored_catalog(language)) == texts(
        messages.merged_catalog(language, said)
    )


@each_language
def test_what_django_reads_is_the_catalogue_compiled(language, said):
    compiled = messages.compiled_catalog(messages.merged_catalog(language, said))

    assert messages.compiled_file(language).read_bytes() == compiled, "run bin/messages"


def test_each_language_with_a_catalogue_is_offered_and_no_other():
    assert {code for code, _name in settings.LANGUAGES} == {"en", *LANGUAGES}


def test_what_is_said_in_code_and_in_templates_is_found(said):
    assert (None, "The request is not valid.") in said  # Python
    assert (None, "is in the last %(value)s day") in said  # with a plural
    assert ("aggregate", "number") in said  # with a context
    assert (None, "Segments at a glance") in said  # a template
    assert (None, "%(shown)s customer is in at least one of them.") in said  # with a plural
    assert ("sorting", "Order") in said  # with a context
    assert (None, "Loyalty score") not in said  # an app of the tests


@pytest.mark.parametrize(
    ("text", "translation", "flags"),
    [
        ("Members", "", ()),
        ("Members", "Mitglieder", ("fuzzy",)),
        ("by %(author)s", "von %(autor)s", ()),
        ("by %(author)s", "von", ()),
        ("There is no guest %s.", "Kein Gast.", ()),
        ("Row {line}", "Zeile {zeile}", ()),
        (" and ", " und", ()),
        (("%(count)d fits", "%(count)d fit"), ("%(count)d passt", ""), ()),
        (("%(count)d fits", "%(count)d fit"), ("%(count)d passt", "alle passen"), ()),
    ],
)
def test_a_translation_that_is_missing_doubtful_or_wrong_is_a_fault(text, translation, flags):
    catalog = Catalog(locale="de")
    catalog.add(text, translation, flags=flags)

    assert len(list(messages.faults(catalog))) == 1


def test_a_right_translation_is_no_fault():
    catalog = Catalog(locale="de")
    catalog.add("by %(author)s", "von %(author)s")
    catalog.add(("%(count)d fits", "%(count)d fit"), ("%(count)d passt", "%(count)d passen"))

    assert list(messages.faults(catalog)) == []
