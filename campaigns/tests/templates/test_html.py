"""The HTML of a mail: harmless, inlined and whole."""

from typing import Any

import pytest
from django.utils import translation

from campaigns.tests.templates.dangerous import CORPUS, EVIL_VALUES, PLACES, Tags, dangers
from campaigns.tests.templates.made import body_of, rendered


@pytest.mark.parametrize("evil", CORPUS)
def test_nothing_dangerous_is_left_of_a_template(evil: str) -> None:
    assert dangers(rendered(evil).html) == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("evil", EVIL_VALUES)
def test_nothing_dangerous_comes_in_by_values(place: str, evil: str) -> None:
    values = {
        "customer": {"name": evil},
        "recommendations": [{"name": evil}],
        "unsubscribe_url": evil,
        "postal_address": evil,
    }
    mail = rendered(
        place, subject="{{ customer.name }}", preheader="{{ customer.name }}", values=values
    )
    assert dangers(mail.html) == []


def test_values_are_no_template() -> None:
    mail = rendered("<p>{{ customer.name }}</p>", values={"customer": {"name": "{{ store.name }}"}})
    assert body_of(mail) == "<p>{{ store.name }}</p>"


def test_a_whole_document_becomes_a_whole_document() -> None:
    html = (
        '<!DOCTYPE html><html lang="de"><head><title>T</title><style>.a { color: red }'
        "@media (max-width:600px) { .a { width: 100% !important } }</style></head>"
        '<body style="margin:0" bgcolor="#eeeeee"><p class="a">x</p></body></html>'
    )
    mail = rendered(html, subject="A & B", preheader="Soon & <now>")
    assert mail.html.startswith(
        '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>A &amp; B</title>"
        "<style>@media (max-width:600px) { .a { width: 100% !important } }</style></head>"
        '<body bgcolor="#eeeeee" style="margin:0"><div style="display:none;'
    )
    assert "Soon &amp; &lt;now&gt;</div>" in mail.html
    assert '<p class="a" style="color: red;">x</p>' in mail.html
    assert mail.html.endswith("</body></html>")
    assert mail.html.count("<body") == mail.html.count("</body>") == 1


def test_a_piece_becomes_a_whole_document_in_the_language_of_the_moment() -> None:
    with translation.override("fr"):
        html = rendered("<p>x</p>").html
    assert html.startswith('<!DOCTYPE html><html lang="fr"><head>')
    assert "<style>" not in html
    assert "<body><p>x</p>" in html


KEPT = [
    '<table width="600" cellpadding="0" cellspacing="0" border="0" align="center" bgcolor="#fff" '
    'role="presentation" style="width:600px"><tbody><tr><td align="left" valign="top" colspan="2" '
    'style="padding:1px">x</td></tr></tbody></table>',
    '<img src="https://x.example/a.png" alt="A" width="10" height="20">',
    '<img src="http://x.example/a.png" alt="">',
    '<a href="mailto:a@example.com">x</a>',
    '<a href="https://x.example/?a=1&amp;b=2" target="_blank" style="color:red">x</a>',
    '<td background="https://x.example/a.png">x</td>',
    '<h1 style="margin:0">x</h1><ul><li>x</li></ul><hr>',
]


@pytest.mark.parametrize("html", KEPT)
def test_what_mails_are_made_of_is_kept(html: str) -> None:
    whole = html if not html.startswith("<td") else f"<table><tbody><tr>{html}</tr></tbody></table>"
    kept = body_of(rendered(whole))
    wanted, got = Tags(whole), Tags(kept)
    assert got.tags == wanted.tags
    assert {(n, v.rstrip(";").replace(" ", "")) for n, v in got.attributes} == {
        (n, v.replace(" ", "")) for n, v in wanted.attributes
    }


def test_no_style_sheet_is_loaded_from_anywhere(tmp_path: Any) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text("p { color: red }")
    for address in (str(sheet), sheet.as_uri(), "http://127.0.0.1:9/a.css"):
        mail = rendered(f'<link rel="stylesheet" href="{address}"><p>x</p>')
        assert body_of(mail) == "<p>x</p>"


def test_a_style_sheet_that_cannot_be_read_is_left_alone_and_warned_of() -> None:
    mail = rendered('<style>.a{color:red}</style><p class="a" style="color">x</p>')
    assert "The style sheet cannot be read, so it was not inlined." in mail.warnings
    assert ">x</p>" in mail.html
    assert rendered("<style>p{color:red}</style><p>x</p>").warnings == []


def test_a_mail_of_text_alone_has_its_text_as_html_too() -> None:
    mail = rendered("", text="Hello {{ customer.name }}\n\n1 < 2")
    assert body_of(mail) == "<p>Hello Ann Lee</p>\n\n<p>1 &lt; 2</p>"


def test_the_dangers_are_found_where_there_are_some() -> None:
    evil = ["<p style='a:url(x)'>", "<p onclick=x>", "<script>", "<a href='data:x'>"]
    assert all(map(dangers, evil))
