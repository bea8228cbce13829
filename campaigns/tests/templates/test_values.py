"""How values are written: absent ones, filters, conditions and loops."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.safestring import mark_safe

from campaigns.tests.templates.made import body_of, line_of_text, rendered


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ customer.name }}", "Ann Lee"),
        ("[{{ coupon.description }}]", "[]"),
        ("[{{ coupon.description|upper }}{{ coupon.description|title }}]", "[]"),
        ("[{{ coupon.description|truncatechars:9 }}{{ coupon.description|date:'Y' }}]", "[]"),
        ("[{{ coupon.description|first }}{{ coupon.description|join:'-' }}]", "[]"),
        ("[{{ coupon.description|floatformat:2 }}]", "[]"),
        ("[{{ content.nothing.below.it }}{{ recommendations.9.name }}]", "[]"),
        ("[{{ recommendations }}{{ customer }}{{ content.hero|upper }}]", "[]"),
        ("{{ coupon.description|default:'nothing' }}", "nothing"),
        ("[{{ coupon.description|default:coupon.description }}]", "[]"),
        ("{{ coupon.description|length }}", "0"),
        ("{{ recommendations|length }}", "2"),
        ("{{ content.hero.items|first }}", "a"),
        ("{{ content.hero.items.1 }}", "b"),
        ("{{ content.hero.items|join:' & ' }}", "a & b"),
        ("[{{ content.hero.items|join:1 }}]", "[a1b]"),
        ("[{{ content.hero.items|join:coupon.description }}]", "[ab]"),
        ("{{ customer.name|lower }} {{ customer.name|upper }}", "ann lee ANN LEE"),
        ("{{ customer.email|truncatechars:4 }}", "ann…"),
        ("{{ customer.name|lower|title }}", "Ann Lee"),
        ("{{ coupon.expires_at|date:'Y-m-d' }}", "2026-03-01"),
        ("{{ coupon.discount_amount|floatformat:2 }}", "10.50"),
        ("[{{ coupon.discount_amount|floatformat:999999999 }}]", "[]"),
        ("[{{ coupon.discount_amount|floatformat:'x' }}]", "[]"),
        ("{% if coupon.description %}a{% elif step.number > 1 %}b{% else %}c{% endif %}", "b"),
        ("{% if coupon.description is None %}none{% endif %}", "none"),
        ("{% if coupon.description > 1 %}a{% else %}b{% endif %}", "b"),
        (
            "{% for r in recommendations %}{{ r.name }}{{ forloop.counter }} {% endfor %}",
            "Shirt1 Hat2",
        ),
        (
            "{% for r in recommendations reversed %}{{ r.sku }}{{ forloop.counter0 }}{% endfor %}",
            "H10S11",
        ),
        (
            "{% for r in recommendations %}{% for i in content.hero.items %}"
            "{{ forloop.parentloop.counter }}{{ i }}{% if not forloop.last %}-{% endif %}"
            "{% endfor %}{% endfor %}",
            "1a-1b2a-2b",
        ),
        ("{% for a, b in content.hero.pairs %}{{ a }}={{ b }};{% endfor %}", "x=1;y=;"),
        ("{% for a, b in recommendations %}[{{ a }}{{ b }}]{% endfor %}", "[][]"),
        ("{% for x in content.no %}a{% empty %}none{% endfor %}", "none"),
        ("{% for x in customer.name %}a{% empty %}none{% endfor %}", "none"),
        ("{% with a=customer.name b=2 %}{{ a }}{{ b }}{% endwith %}", "Ann Lee2"),
        ("a{% comment %}b{% endcomment %}{# c #}d", "ad"),
        ("{{ 'a < b' }} & <b>", "a < b & <b>"),
    ],
)
def test_what_is_written(source: str, expected: str) -> None:
    assert line_of_text(source) == expected


def test_an_empty_first_name() -> None:
    source = "Dear {{ customer.first_name|default:'customer' }}, [{{ customer.first_name }}]"
    for first_name in ("", None):
        assert line_of_text(source, customer={"first_name": first_name}) == "Dear customer, []"
    assert line_of_text(source, customer={}) == "Dear customer, []"
    assert line_of_text(source, customer={"first_name": "Ann"}) == "Dear Ann, [Ann]"


class Secret:
    password = "hidden"

    def __call__(self) -> str:
        raise AssertionError("it is called")

    def __str__(self) -> str:
        raise AssertionError("it is asked")

    def __getitem__(self, key: str) -> str:
        raise AssertionError("it is asked")


@pytest.mark.parametrize("value", [Secret(), Secret, lambda: "called", print, object(), b"bytes"])
def test_what_is_no_plain_data_is_neither_called_nor_written(value: Any) -> None:
    source = (
        "[{{ content.x }}{{ content.x.password }}{{ content.x|default:'' }}{{ customer.name }}]"
    )
    assert line_of_text(source, content={"x": value}, customer={"name": value}) == "[]"


def test_methods_of_plain_data_are_not_called() -> None:
    source = "[{{ content.hero.clear }}{{ content.hero.title.upper }}{{ content.hero.items.pop }}]"
    assert line_of_text(source) == "[]"
    assert line_of_text("{{ content.hero.items.0 }}") == "a"


def test_a_list_that_contains_itself() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert line_of_text("[{{ content.x.0.0 }}]", content={"x": endless}) == "[]"


NUMBERS = [Decimal("NaN"), Decimal("sNaN"), float("inf"), Decimal("1e99999"), 10**5000]


@pytest.mark.parametrize(
    "number", NUMBERS, ids=["nan", "signalling", "infinite", "decimal", "integer"]
)
def test_numbers_that_nobody_reads(number: Any) -> None:
    assert (
        line_of_text("[{{ coupon.discount_amount }}]", coupon={"discount_amount": number}) == "[]"
    )


def test_values_are_escaped_in_html_alone() -> None:
    values = {"customer": {"name": "<b>&'\""}}
    mail = rendered(
        "<p>{{ customer.name }}</p>",
        text="{{ customer.name }}",
        subject="{{ customer.name }}",
        values=values,
    )
    assert body_of(mail) == "<p>&lt;b&gt;&amp;'\"</p>"
    assert mail.text.startswith("<b>&'\"\n")
    assert mail.subject == "<b>&'\""


def test_a_value_that_calls_itself_safe_is_escaped_too() -> None:
    values = {"customer": {"name": mark_safe("<b>x</b>")}, "content": {"x": [mark_safe("<i>")]}}
    mail = rendered("<p>{{ customer.name }}{{ content.x|join:'<br>' }}</p>", values=values)
    assert body_of(mail) == "<p>&lt;b&gt;x&lt;/b&gt;&lt;i&gt;</p>"


@pytest.mark.parametrize(
    "evil",
    [
        "a\r\nBcc: b@example.com",
        "a\nBcc: b@example.com",
        "a\rBcc: b@example.com",
        "a\x00\r\n\x00Bcc: b@example.com",
        "a\x0bBcc: b@example.com",
        "a\u2028Bcc: b@example.com",
        "a\x85Bcc: b@example.com",
        "a\r\n\r\n<script>",
        "a\x7f\x1b[31m\x9fb",
    ],
)
def test_no_header_is_injected(evil: str) -> None:
    values = {"customer": {"name": evil}, "content": {"x": [evil]}}
    for source in ("{{ customer.name }}", "x {{ content.x|join:'' }}", evil):
        mail = (
            rendered("x", subject=source, preheader=source, values=values)
            if "\x00" not in source
            else None
        )
        if mail:
            assert mail.subject.splitlines() == [mail.subject]
            assert mail.subject.isprintable()


def test_a_subject_is_no_longer_than_a_line_of_a_header() -> None:
    assert len(line_of_text("{{ customer.name }}", customer={"name": "x" * 5000})) == 998
