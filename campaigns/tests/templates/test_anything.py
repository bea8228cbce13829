"""Whatever templates and values are: a mail or a refusal, and nothing that runs."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from campaigns.templates.content import Content, check
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import render
from campaigns.tests.templates.dangerous import EVIL_VALUES, PLACES, dangers

PIECES_OF_TEXT = [
    *("<", ">", '"', "'", "/", " ", "=", "script", "onload", "javascript:", "&#106;", "--"),
    *("style", "}", "{", ";", "url(", "<!--", "]]>", "\\", "\x00", "\r\n", "alert(1)", "x"),
]
TEXTS = some.one_of(
    some.text(),
    some.sampled_from(EVIL_VALUES),
    some.lists(some.sampled_from(PIECES_OF_TEXT), max_size=12).map("".join),
)
LEAVES = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.floats(),
    some.decimals(),
    some.dates(),
    some.datetimes(timezones=some.just(UTC)),
    some.just(datetime.min.replace(tzinfo=UTC)),
    some.just(date.max),
    TEXTS,
)
DATA = some.recursive(
    LEAVES,
    lambda inner: some.one_of(
        some.lists(inner, max_size=3),
        some.dictionaries(some.sampled_from("abc"), inner, max_size=3),
    ),
    max_leaves=6,
)
PIECES_OF_TEMPLATE = [
    *("{% if ", "{% for x in ", "{% with x=", "{% endif %}", "{% endfor %}", "{% endwith %}"),
    *("{% else %}", "{% empty %}", "{% comment %}", "{% endcomment %}", " %}", "{{ ", " }}"),
    *("customer.name", "content.a.b", "content.a", "recommendations", "x", "x.name", "forloop"),
    *("|", "default:", "date:", "upper", "join:", "first", "length", "floatformat:", "title"),
    *("truncatechars:", "'a'", '"', "1", "1.5e9", " and ", " not ", " == ", " in ", "_(", ")"),
    *("<p>", "</p>", "<style>", "</style>", "<b", ">", "style='", "a:b", "<td>", "<!--", "é"),
    *("{%", "#}", ".", "\n", "{{ customer.name }}", "{% for x in recommendations %}"),
]
SOURCES = some.lists(some.sampled_from(PIECES_OF_TEMPLATE), max_size=14).map("".join)
FILTERS = some.lists(
    some.sampled_from(
        [
            *("|default:content.b", "|default:1", "|date:content.b", "|date", "|upper", "|lower"),
            *("|title", "|truncatechars:content.b", "|truncatechars:3", "|floatformat:content.b"),
            *("|floatformat", "|length", "|first", "|join:content.b", "|join:', '"),
        ]
    ),
    max_size=3,
).map("".join)


@given(SOURCES, SOURCES, DATA)
def test_any_template(html: str, line: str, value: Any) -> None:
    content = Content(line, preheader=line, html=html, text=line)
    values = {"customer": {"name": value}, "content": {"a": value}, "recommendations": value}
    problems = check(content)
    assert {one.code for one in problems} <= {"syntax", "unknown_variable", "not_allowed"}
    assert all(
        (one.line is not None and one.line <= html.count("\n") + 1) or one.part != "html"
        for one in problems
    )
    try:
        mail = render(content, values)
    except TemplateRefused as refused:
        assert refused.problems == problems != []
    else:
        assert problems == []
        assert dangers(mail.html) == []
        assert mail.subject.isprintable() or mail.subject < "\x7f"


@given(some.sampled_from(PLACES), TEXTS, TEXTS)
def test_any_value_in_any_place(place: str, name: str, other: str) -> None:
    values = {
        "customer": {"name": name},
        "recommendations": [{"name": other}],
        "unsubscribe_url": other,
        "postal_address": name,
    }
    subject = "{{ customer.name }}"
    mail = render(Content(subject, preheader=subject, html=place), values)
    assert dangers(mail.html) == []
    assert len(mail.subject.splitlines()) <= 1


@given(FILTERS, DATA, DATA)
def test_any_value_through_any_filters(filters: str, value: Any, argument: Any) -> None:
    named = f"content.a{filters}"
    source = "{{ %s }}{% if %s > content.b %}{% endif %}{% for x in %s %}{{ x }}{% endfor %}"
    source = source.replace("%s", named)
    values = {"content": {"a": value, "b": argument}}
    mail = render(Content("S", html=f"<p>{source}</p>", text=source), values)
    assert dangers(mail.html) == []
