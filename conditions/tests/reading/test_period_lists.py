"""Periods that are listed, or that stand before all they are said of."""

from datetime import UTC, datetime

import pytest

from conditions.reading.chunks import meanings
from conditions.tests.reading.sentences import said, small_shop, unread  # noqa: F401

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.once,
    pytest.mark.usefixtures("small_shop"),
]


@pytest.fixture(autouse=True)
def november(monkeypatch):
    monkeypatch.setattr(meanings, "now", lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "ordered in January or February", "January 1, 2026|or between February 1, 2026"),
        ("de", "im Januar oder Februar bestellt", "1. Januar 2026|oder zwischen dem 1. Februar"),
        ("fr", "ont commandé en janvier ou février", "1er janvier 2026|soit entre le 1er février"),
        ("en", "ordered in May, June or July", "May 1, 2026|June 1, 2026|or between July 1, 2026"),
        ("en", "ordered in 2023, 2024 or 2025", "January 1, 2023|January 1, 2024|or between Jan"),
        (
            "en",
            "ordered in May, June or July 2025",
            "May 1, 2025|June 1, 2025|or between July 1, 2",
        ),
        ("en", "ordered in May 2025 or June", "between May 1, 2025|or between June 1, 2025"),
        (
            "de",
            "im Mai oder Juni 2024 und im Juli 2025 bestellt",
            "1. Mai 2024|Juni 2024|Juli 2025",
        ),
        ("en", "ordered in March and April 2025", "ordered between March 1, 2025|and have ordered"),
        (
            "en",
            "ordered in May but not June",
            "between May 1, 2026|have not ordered between June 1",
        ),
        ("en", "did not order in May or June", "placed no order either|May 1, 2026|or between"),
        ("de", "im Mai oder Juni nicht bestellt", "keine Bestellung|1. Mai 2026|oder zwischen"),
        ("en", "registered in May or June", "registered between May 1|or registered between June"),
    ],
)
def test_listed_months_are_one_period_each(language, text, parts):
    (sentence,) = said(text, language)

    assert unread(text, language) == []
    assert [part for part in parts.split("|") if part not in sentence] == []


@pytest.mark.parametrize("text", ["women or may", "ordered since May or June", "may or march"])
def test_month_beside_no_other_month_is_unread(text):
    assert "or" in " ".join(unread(text))


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        ("en", "this year neither ordered nor logged in", "not ordered this|not logged in this"),
        (
            "de",
            "seit 30 Tagen weder bestellt noch eingeloggt",
            "letzten 30 Tagen nichts|30 Tagen n",
        ),
        (
            "fr",
            "depuis 30 jours ni commandé ni consulté un produit",
            "pas commandé au cours des 30|consulté aucun produit au cours des 30",
        ),
        (
            "fr",
            "n'ont ni commandé ni consulté un produit depuis 30 jours",
            "pas commandé au cours des 30|consulté aucun produit au cours des 30",
        ),
        ("fr", "n'ont commandé ni consulté un produit", "jamais commandé|jamais consulté"),
        ("en", "this year neither bought shoes nor toys", "never bought|Shoes or Toys, this year"),
        ("de", "dieses Jahr weder Shoes noch Toys gekauft", "noch nie|Shoes oder Toys, dieses J"),
        ("en", "logged in but neither ordered nor viewed", "logged in, have never ordered and"),
    ],
)
def test_neither_denies_both_in_the_period_before(language, text, parts):
    (sentence,) = said(text, language)

    assert unread(text, language) == []
    assert [part for part in parts.split("|") if part not in sentence] == []


@pytest.mark.parametrize(
    ("language", "text", "first", "second"),
    [
        ("en", "this year ordered and logged in", "logged in this year.", "have logged in."),
        (
            "de",
            "dieses Jahr nicht bestellt und nicht eingeloggt",
            "sich dieses Jahr nicht angemeldet haben.",
            "und sich nicht angemeldet haben.",
        ),
        ("en", "this year ordered but did not log in", "not logged in.", "logged in this year."),
        ("en", "ordered since 30 days", "in the last 30 days.", "more than 30 days ago."),
        ("de", "seit 30 Tagen bestellt", "in den letzten 30 Tagen b", "vor mehr als 30 Tagen b"),
        ("fr", "ont commandé depuis 30 jours", "30 derniers jours", "il y a plus de 30 jours"),
        (
            "en",
            "bought shoes but no toys this year",
            "“Shoes”, this year",
            "“Shoes” and have never",
        ),
    ],
)
def test_period_that_may_be_of_both_deeds_is_offered(language, text, first, second):
    one, other = said(text, language)

    assert unread(text, language) == []
    assert first in one
    assert second in other


def test_period_before_one_deed_is_not_that_of_never():
    (sentence,) = said("this year bought shoes and never ordered toys")

    assert sentence.count("this year") == 1
