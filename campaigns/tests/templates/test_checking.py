"""What a template may say: each problem with its code, part and line."""

import pytest

from campaigns.templates.content import Content, check
from campaigns.templates.problems import TemplateRefused
from campaigns.templates.rendering import render


def found(html: str) -> list[tuple[str, int | None]]:
    return [(one.code, one.line) for one in check(Content("S", html=html))]


FINE = [
    "{{ customer.name }} {{ customer.first_name }} {{ customer.last_name }} {{ customer.email }}",
    "{{ store.name }}{{ store.website }}{{ segment.code }}{{ segment.name }}{{ step.number }}",
    "{{ campaign.code }}{{ campaign.name }}{{ coupon.code }}{{ coupon.discount_text }}",
    "{{ coupon.discount_amount|floatformat:2 }}{{ coupon.description|default:coupon.code }}",
    '{{ coupon.expires_at|date:"j F Y" }}{{ coupon.expires_formatted|upper|lower|title }}',
    "{{ content.anything.below|truncatechars:10 }}{{ content.list.0.x }}{{ content }}",
    "{{ unsubscribe_url }}{{ preferences_url }}{{ view_url }}{{ postal_address }}",
    "{{ recommendations|length }}{{ recommendations.0.name }}{{ content.x|join:', ' }}",
    "{% for r in recommendations %}{{ r.name }}{{ r.price }}{{ r.sku }}{% empty %}-{% endfor %}",
    "{% for r in recommendations reversed %}{{ forloop.counter }}{{ forloop.counter0 }}"
    "{{ forloop.revcounter }}{{ forloop.revcounter0 }}{% if forloop.first and forloop.last %}1"
    "{% endif %}{% for x in content.x %}{{ forloop.parentloop.counter }}{% endfor %}{% endfor %}",
    "{% with r=recommendations|first a=1 %}{{ r.sku }}{{ a }}{% endwith %}",
    "{% with customer.name as n %}{{ n }}{% endwith %}",
    "{% with r=recommendations|default:'' %}{% for x in r %}{{ x.sku }}{% endfor %}{% endwith %}",
    "{% for self in recommendations %}{{ self.name }}{% endfor %}",
    "{% with self=1 %}{{ self }}{% endwith %}",
    "{% for a, b in content.pairs %}{{ a }}{{ b.c }}{% endfor %}",
    "{% if not customer.name and step.number > 1 or 'a' in store.name %}{% elif coupon.code %}"
    "{% else %}{% endif %}",
    "{% if coupon.code is None or coupon.code == False %}{% endif %}",
    "{% comment %}{{ nobody }}{% load x %}{% endcomment %}{# {{ nobody }} #}",
    "<style>@media print{#menu{display:none}} a{b:c}</style>",
]


@pytest.mark.parametrize("html", FINE)
def test_what_is_allowed(html: str) -> None:
    assert check(Content("S", html=html)) == []
    render(Content("S", html=html), {})


@pytest.mark.parametrize(
    ("tag", "line"),
    [
        ("{% load static %}", 2),
        ("{% include 'a' %}", 2),
        ("{% extends 'a' %}", 2),
        ("{% url 'a' %}", 2),
        ("{% debug %}", 2),
        ("{% now 'Y' %}", 2),
        ("{% cycle 'a' 'b' %}", 2),
        ("{% csrf_token %}", 2),
        ("{% block x %}{% endblock %}", 2),
        ("{% autoescape off %}{{ customer.name }}{% endautoescape %}", 2),
        ("{% verbatim %}{{ x }}{% endverbatim %}", 2),
        ("{% nobody_knows_this %}", 2),
        ("{{ customer.name|safe }}", 2),
        ("{{ customer.name|default:'x'|escapejs }}", 2),
        ("{{ customer.name|pprint }}", 2),
        ("{% if step.number|add:1 %}{% endif %}", 2),
        ("{% with x=customer.name|nobody:1 %}{% endwith %}", 2),
        ("{% for x in recommendations|dictsort:'x' %}{% endfor %}", 2),
        ('{{ _("Unsubscribe") }}', 2),
        ('{{ customer.name|default:_("you") }}', 2),
    ],
)
def test_tags_and_filters_that_are_not_allowed(tag: str, line: int) -> None:
    assert found(f"first\n{tag}\nlast") == [("not_allowed", line)]


@pytest.mark.parametrize(
    "tag",
    [
        "{{ nobody }}",
        "{{ customer.nobody }}",
        "{{ customer.name.upper }}",
        "{{ customer.items }}",
        "{{ customer.0 }}",
        "{{ customer.__class__ }}",
        "{{ _private }}",
        "{{ content.hero._private }}",
        "{{ unsubscribe_url.x }}",
        "{{ recommendations.name }}",
        "{{ recommendations.0.colour }}",
        "{{ customer.name|default:nobody }}",
        "{{ customer.name|truncatechars:nobody.x }}",
        "{% if nobody %}{% endif %}",
        "{% if customer.name == 'a' and not nobody %}{% endif %}",
        "{% if customer.name|default:nobody > 1 %}{% endif %}",
        "{% if 1 %}{% elif nobody %}{% endif %}",
        "{% if 1 %}{% else %}{{ nobody }}{% endif %}",
        "{% with x=nobody %}{{ x.anything }}{% endwith %}",
        "{% with x=1 %}{% endwith %}{{ x }}",
        "{% with x=customer.name %}{{ x.y }}{% endwith %}",
        "{% with r=recommendations|first %}{{ r.colour }}{% endwith %}",
        "{% with r=recommendations|default:'' %}{{ r.colour }}{% endwith %}",
        "{% for x in nobody %}{{ x.anything }}{% endfor %}",
        "{% for x in recommendations %}{{ x.colour }}{% endfor %}",
        "{% for x in recommendations %}{% endfor %}{{ x }}",
        "{% for x in recommendations %}{% empty %}{{ x }}{% endfor %}",
        "{{ forloop.counter }}",
        "{% for x in recommendations %}{{ forloop.nobody }}{% endfor %}",
        "{% for x in recommendations %}{{ forloop.parentloop.counter }}{% endfor %}",
        "{{ . }}",
        "{{ customer..name }}",
    ],
)
def test_names_that_are_not_known(tag: str) -> None:
    assert found(f"first\n\n{tag}\nlast") == [("unknown_variable", 3)]


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("{{ customer.firstname }}", "customer.first_name"),
        ("{{ costumer.first_name }}", "customer.first_name"),
        ("{{ user.first_name }}", "customer.first_name"),
        ("{{ first_name }}", "customer.first_name"),
        ("{{ unsubscribe }}", "unsubscribe_url"),
        ("{{ recomendations }}", "recommendations"),
        ("{{ coupon.expires }}", "coupon.expires_at"),
        ("{% for one in recommendations %}{{ one.names }}{% endfor %}", "one.name"),
        ("{% with all=recommendations %}{{ al.0 }}{% endwith %}", None),
        ("{{ product.name }}", None),
        ("{{ nobody }}", None),
        ("{{ customer.colour }}", None),
        ("{{ true }}", None),
        (f"{{{{ customer.{'first_name' * 7} }}}}", None),
    ],
)
def test_the_nearest_name_is_suggested(tag: str, meant: str | None) -> None:
    (problem,) = check(Content("S", html=tag))
    end = f"is not known. Is “{meant}” meant?" if meant else "is not known."
    assert problem.detail.endswith(end)


def test_of_many_names_that_nobody_knows_the_first_have_a_suggestion() -> None:
    problems = check(Content("S", html="{{ customer.nam }}" * 50))
    assert ["meant?" in one.detail for one in problems] == [True] * 20 + [False] * 30


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("a\n{% if %}{% endif %}", 2),
        ("a\n{% if customer.name == %}{% endif %}", 2),
        ("a\n{% for x recommendations %}{% endfor %}", 2),
        ("a\n{% for x in %}{% endfor %}", 2),
        ("a\n{% for x in recommendations %}\n{{ x.name }}\n", 2),
        ("a\n{% if customer.name %}\n{% if step.number %}\n{% endif %}", 2),
        ("\n\n{% comment %}\n", 3),
        ("\n{% endif %}", 2),
        ("{% for x in recommendations %}\n{% endif %}{% endfor %}", 2),
        ("\n{% with %}{% endwith %}", 2),
        ("\n{% with customer.name %}{% endwith %}", 2),
        ("\n{{ }}", 2),
        ("\n{% %}", 2),
        ("\n{{ customer.name|}}", 2),
        ("\n{{ customer.name upper }}", 2),
        ("\n{{ customer.name|upper:1 }}", 2),
        ("\n{{ customer.name|truncatechars }}", 2),
        ('\n{% if _("a %}{% endif %}', 2),
        ("\n\n{{ customer.name", 3),
        ("\n{% if customer.name }\n{% endif %}", 2),
        ("{{ customer.name\n}}", 1),
        ("\n" + "{% if 1 %}" * 60 + "{% endif %}" * 60, 2),
        ("\n{% if " + "not " * 80 + "1 %}{% endif %}", 2),
        ("\n{{ customer.name" + "|upper" * 400 + " }}", 2),
        ("a\n\x00", 2),
        ("a\nb\n\ud800", 3),
    ],
)
def test_what_cannot_be_read(html: str, line: int) -> None:
    assert found(html) == [("syntax", line)]


@pytest.mark.parametrize(
    "tag",
    [
        "{{ content.mail-top }}",
        "{{ content.mail-top|default:'a-b' }}",
        "{% if customer.name and content.mail-top %}{% endif %}",
        "{% with all=content.mail-top %}{% endwith %}",
        "{% for one in content.mail-top %}{% endfor %}",
    ],
)
def test_a_hyphen_in_a_name_is_written_as_an_underscore(tag: str) -> None:
    (problem,) = check(Content("S", html=f"first\n{tag}"))
    assert (problem.code, problem.line) == ("syntax", 2)
    assert "for “content.mail-top” write “content.mail_top”" in problem.detail


def test_every_name_below_a_placement_is_written_so() -> None:
    (problem,) = check(Content("S", html="{{ content.top-of-mail.the-title }}"))
    assert "write “content.top_of_mail.the_title”" in problem.detail


@pytest.mark.parametrize("tag", ["{{ 5-3 }}", "{{ 'a-b'c }}", "{{ customer.name - 1 }}"])
def test_other_hyphens_are_no_names(tag: str) -> None:
    (problem,) = check(Content("S", html=tag))
    assert problem.code == "syntax"
    assert "hyphen" not in problem.detail


def test_every_problem_of_every_part_at_once() -> None:
    content = Content(
        "{{ nobody }}", "{% load x %}", "{{ a }}\n{{ b }}{% url %}\n{% if %}", "{{ customer.age }}"
    )
    assert [(one.code, one.part, one.line) for one in check(content)] == [
        ("unknown_variable", "subject", 1),
        ("not_allowed", "preheader", 1),
        ("not_allowed", "html", 2),
        ("syntax", "html", 3),
        ("unknown_variable", "text", 1),
    ]
    assert all(one.detail for one in check(content))


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"subject": "é" * 251}, "subject"),
        ({"preheader": "x" * 251}, "preheader"),
        ({"html": "é" * (256 * 1024) + "x"}, "html"),
        ({"text": "x" * (512 * 1024 + 1)}, "text"),
    ],
)
def test_too_long(parts: dict[str, str], part: str) -> None:
    problems = check(Content(**{"subject": "S", **parts}))
    assert [(one.code, one.part, one.line) for one in problems] == [("too_long", part, None)]


def test_as_long_as_allowed() -> None:
    html = "é" * (256 * 1024)
    assert check(Content("é" * 250, preheader="x" * 250, html=html, text=html)) == []


def test_another_format() -> None:
    (problem,) = check(Content("S", format="pdf"))
    assert (problem.code, problem.part) == ("not_allowed", "html")


def test_what_is_not_fine_is_not_rendered() -> None:
    with pytest.raises(TemplateRefused) as refused:
        render(Content("{{ nobody }}", html="{% load x %}"), {})
    assert [one.code for one in refused.value.problems] == ["unknown_variable", "not_allowed"]
    assert "nobody" in str(refused.value)


@pytest.mark.parametrize("mark", ["{% ", "{{ ", "{# ", "{% _(", "{{ '"])
def test_thousands_of_open_tags_are_refused_at_once(mark: str) -> None:
    assert "syntax" in {code for code, _line in found(mark * 100_000)}
