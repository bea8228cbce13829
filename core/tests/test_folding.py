"""Folding: the contract's definition, letter by letter."""

import pytest

from core.text.folding import email_domain, fold, folded_address


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        (None, ""),
        ("", ""),
        ("ABC xyz", "abc xyz"),
        (" a ", " a "),
        ("É", "é"),
        ("É", "é"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύσ"),
        ("Straße", "straße"),
        ("ẞ", "ß"),
        ("İ", "i̇"),
        ("Ångström", "ångström"),
        ("100%_\\", "100%_\\"),
    ],
)
def test_texts_fold_to_composed_lower_case(text: str | None, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize("text", ["É", "ὈΔΥΣΣΕΎΣ", "İstanbul", "ẞ", "ǅ", "K", "Å"])
def test_a_folded_text_stays_as_it_is(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(("one", "other"), [("é", "e"), ("ß", "ss"), ("ı", "i"), ("ﬁ", "fi")])
def test_accents_and_ligatures_count(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("a@x.de", "x.de"),
        ('"a@b"@x.de', "x.de"),
        ("a@", ""),
        ("nobody", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_domain_is_what_follows_the_last_at(email: str | None, domain: str) -> None:
    assert email_domain(email) == domain


def test_an_address_is_compared_without_what_is_around_it():
    assert folded_address(" P10@Shop.example. ") == "p10@shop.example"
    assert folded_address('"P10"@shop.example') == "p10@shop.example"
    assert folded_address(r'"a\b c@d"@BÜCHER.example') == '"ab c@d"@xn--bcher-kva.example'
    assert folded_address("a@straße.example") != folded_address("a@strasse.example")
