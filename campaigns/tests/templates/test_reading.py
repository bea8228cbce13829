"""The text that is made of HTML."""

import pytest

from campaigns.templates.html.reading import Reading
from campaigns.tests.templates.made import rendered


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("a  b\n\tc", "a b c"),
        ("a&nbsp;&amp;&lt;b", "a &<b"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div><div>a</div></div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<div>a<br></div><div>b</div>", "a\nb"),
        ("<h1>T</h1>a<h2>U</h2>b", "T\n\na\n\nU\n\nb"),
        ("a<hr>b", "a\n\n---\n\nb"),
        ("<ul><li>a</li><li><p>b</p></li></ul>c", "- a\n- b\n\nc"),
        ("<ol><li>a</li><li>b</li></ol>", "- a\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d", "a\nb\nc\n\nd"),
        ('x <a href="https://a.example">b</a>.', "x b (https://a.example)."),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="https://a.example"><img src="x" alt="Logo"></a>', "Logo (https://a.example)"),
        ('<a href="https://a.example"><img src="x" alt=""></a>', "https://a.example"),
        ('<a href="https://a.example"></a>b', "b"),
        ("<a>b</a>", "b"),
        ('<img src="x" alt="A picture">', "A picture"),
        ('<div style="display:none"><p>a<br></p></div>b', "b"),
        ('<div style="color:red;DISPLAY : none">a<img alt="x"></div>b', "b"),
        ("<b>a</b><i>b</i> <span>c</span>", "ab c"),
        ("<blockquote>a</blockquote>b", "a\n\nb"),
    ],
)
def test_text(html: str, text: str) -> None:
    assert Reading(html).text == text


def test_long_lines_are_wrapped_and_addresses_never_broken() -> None:
    link = "https://a.example/" + "x" * 100
    text = Reading(
        f'<p>{"word " * 40}</p><ul><li>{"item " * 30}</li></ul><a href="{link}">L</a>'
    ).text
    lines = text.split("\n")
    assert f"({link})" in lines
    assert all(len(line) <= 78 for line in lines if link not in line)
    assert [line[:6] for line in lines if "item" in line] == ["- item", "  item"]


def test_styles_titles_and_the_preheader_are_no_text() -> None:
    html = "<head><title>T</title><style>p{color:red}</style></head><script>x()</script><p>a</p>"
    values = {"postal_address": "", "unsubscribe_url": ""}
    assert rendered(html, preheader="Soon", values=values).text == "a"


def test_a_text_of_its_own_stays_as_it_is() -> None:
    values = {"postal_address": "", "unsubscribe_url": ""}
    own = "a   b\r\n\r\n" + "word " * 30
    assert rendered("<p>no</p>", text=own, values=values).text == own.replace("\r", "").strip()
