"""MJML, and what is said where its package is missing."""

import sys

import pytest

from campaigns.templates.content import Content, check
from campaigns.templates.problems import TemplateRefused
from campaigns.tests.templates.dangerous import EVIL_VALUES, dangers
from campaigns.tests.templates.made import rendered

PAGE = "<mjml><mj-body><mj-section><mj-column>%s</mj-column></mj-section></mj-body></mjml>"
TEXT = PAGE % "<mj-text>Hi {{ customer.name }}</mj-text>"


def codes(html: str) -> list[tuple[str, str, int | None]]:
    return [(p.code, p.part, p.line) for p in check(Content("S", html=html, format="mjml"))]


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mjml", None)
    assert codes(TEXT) == [("not_installed", "html", None)]
    with pytest.raises(TemplateRefused) as refused:
        rendered(TEXT + "<!-- not kept -->", format="mjml")
    assert [one.code for one in refused.value.problems] == ["not_installed"]


class TestWithThePackage:
    @pytest.fixture(autouse=True)
    def package(self) -> None:
        pytest.importorskip("mjml")

    def test_it_becomes_html(self) -> None:
        mail = rendered(TEXT, format="mjml", preheader="Soon")
        assert "Hi Ann Lee</div>" in mail.html
        assert "<mj-" not in mail.html
        assert "@media" in mail.html
        assert "fonts.googleapis" not in mail.html
        assert mail.text.startswith("Hi Ann Lee")
        assert '<html lang="en">' in mail.html

    @pytest.mark.parametrize(
        ("html", "expected"),
        [
            (TEXT, []),
            ("no mjml", [("syntax", "html", None)]),
            (PAGE % "<mj-text>", [("syntax", "html", None)]),
            (PAGE % "<mj-include path='/etc/passwd' />", [("syntax", "html", None)]),
            ("\n{{ nobody }}", [("unknown_variable", "html", 2)]),
        ],
    )
    def test_checks(self, html: str, expected: list[tuple[str, str, int | None]]) -> None:
        assert codes(html) == expected

    @pytest.mark.parametrize("evil", EVIL_VALUES)
    def test_nothing_dangerous_comes_in(self, evil: str) -> None:
        html = PAGE % (
            "<mj-text>{{ customer.name }}</mj-text>"
            '<mj-button href="{{ customer.name }}">x</mj-button>'
            '<mj-image src="{{ customer.name }}" alt="{{ customer.name }}" />'
        )
        mail = rendered(html, format="mjml", values={"customer": {"name": evil}})
        assert dangers(mail.html) == []

    def test_a_panic_of_the_package_is_a_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class PanicException(BaseException):
            pass

        def panics(source: str, **options: object) -> str:
            raise PanicException(source)

        monkeypatch.setattr("mjml.mjml2html", panics)
        assert codes(TEXT) == [("syntax", "html", None)]

    def test_what_stops_the_process_is_no_refusal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def stops(source: str, **options: object) -> str:
            raise KeyboardInterrupt

        monkeypatch.setattr("mjml.mjml2html", stops)
        with pytest.raises(KeyboardInterrupt):
            codes(TEXT)
