"""The way out and who sends it: in every mail, in HTML and in text."""

import pytest
from django.utils import translation

from campaigns.tests.templates.made import ADDRESS, LINK, rendered

HREF = LINK.replace("&", "&amp;")
FOOTER_LINK = f'<a href="{HREF}">Unsubscribe</a>'
FOOTER_ADDRESS = "Shop Ltd<br>1 High Street<br>London</div></body></html>"


@pytest.mark.parametrize(
    ("html", "has_link", "has_address"),
    [
        ("<p>x</p>", True, True),
        ('<a href="{{ unsubscribe_url }}">Out</a>', False, True),
        ("<p>{{ postal_address }}</p>", True, False),
        ('<a href="{{ unsubscribe_url }}">Out</a>{{ postal_address }}', False, False),
        # A link that nobody sees or can press is none.
        ("<p>{{ unsubscribe_url }}</p>", True, True),
        ('<a href="{{ unsubscribe_url }}"></a>', True, True),
        ('<a style="display: none" href="{{ unsubscribe_url }}">Out</a>', True, True),
        ('<div style="display:none">{{ postal_address }}</div>', True, True),
        ("<style>p{display:none}</style><p>{{ postal_address }}</p>", True, True),
        ("<!-- {{ postal_address }}{{ unsubscribe_url }} -->", True, True),
        ('<a href="{{ unsubscribe_url }}2">Out</a>', True, True),
        ('<a href="{{ view_url }}">{{ unsubscribe_url }}</a>', True, True),
        ('<a href="{{ unsubscribe_url }}"><img src="https://x.example/a" alt=""></a>', False, True),
    ],
)
def test_html(html: str, has_link: bool, has_address: bool) -> None:
    mail = rendered(html)
    assert (FOOTER_LINK in mail.html) is has_link
    assert mail.html.endswith(FOOTER_ADDRESS) is has_address


@pytest.mark.parametrize(
    ("text", "footer"),
    [
        ("x", f"\n\nUnsubscribe: {LINK}\n{ADDRESS}"),
        ("x {{ unsubscribe_url }}", f"\n\n{ADDRESS}"),
        ("x {{ unsubscribe_url }}.\n{{ postal_address }}", ""),
        ("x {{ postal_address }}", f"\n\nUnsubscribe: {LINK}"),
        ("x {{ unsubscribe_url }}0", f"\n\nUnsubscribe: {LINK}\n{ADDRESS}"),
    ],
)
def test_text(text: str, footer: str) -> None:
    mail = rendered("x", text=text)
    expected = text.replace("{{ unsubscribe_url }}", LINK).replace("{{ postal_address }}", ADDRESS)
    assert mail.text == expected + footer


def test_each_part_is_looked_at_for_itself() -> None:
    mail = rendered('<a href="{{ unsubscribe_url }}">Out</a>{{ postal_address }}', text="x")
    assert mail.text == f"x\n\nUnsubscribe: {LINK}\n{ADDRESS}"
    assert "Unsubscribe" not in mail.html


def test_the_text_that_is_made_of_html_has_the_footer_once() -> None:
    assert rendered("<p>x</p>").text == f"x\n\nUnsubscribe: {LINK}\n{ADDRESS}"
    html = '<a href="{{ unsubscribe_url }}">Out</a><p>{{ postal_address }}</p>'
    assert rendered(html).text == f"Out ({LINK})\n\nShop Ltd 1 High Street London"


def test_an_address_is_escaped_and_a_link_that_runs_something_is_none() -> None:
    values = {"postal_address": "<b>&", "unsubscribe_url": "javascript:alert(1)"}
    html = rendered("x", values=values).html
    assert html.endswith("<a>Unsubscribe</a><br>&lt;b&gt;&amp;</div></body></html>")


def test_without_values_there_is_no_footer() -> None:
    mail = rendered("<p>x</p>", values={"postal_address": "", "unsubscribe_url": None})
    assert mail.html.endswith("<body><p>x</p></body></html>")
    assert mail.text == "x"


def test_the_word_is_asked_for_in_the_language_of_the_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def translated(text: str) -> str:
        return f"{translation.get_language()}:{text}"

    monkeypatch.setattr("campaigns.templates.html.footer._", translated)
    with translation.override("de"):
        mail = rendered("<p>x</p>")
    assert ">de:Unsubscribe</a>" in mail.html
    assert "de:Unsubscribe: https" in mail.text
