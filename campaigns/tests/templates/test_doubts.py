"""What is right in a template, but was probably meant otherwise: said to its author."""

import pytest

from campaigns.templates.content import Content, check
from campaigns.templates.rendering import doubts_about
from campaigns.tests.templates.made import rendered


def doubts(html: str, **parts: str) -> list[str]:
    content = Content(**{"subject": "S", "html": html, **parts})
    assert check(content) == []
    return doubts_about(content)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("{first_name|there}", '{{ customer.first_name|default:"there" }}'),
        ('{first_name|my "dear"}', "{{ customer.first_name|default:\"my 'dear'\" }}"),
        ("{first_name}", "{{ customer.first_name }}"),
        ("{segment|guest}", '{{ segment.name|default:"guest" }}'),
    ],
)
def test_a_placeholder_of_placements(written: str, instead: str) -> None:
    (said,) = doubts(f"<p>\nHello {written} &\n{{{{ store.name }}}}, {written}</p>")
    assert said.startswith(f"html: Line 2: “{written}” is a placeholder of places in the shop")
    assert said.endswith(f"write {instead}.")


def test_a_line_is_counted_from_the_beginning_of_the_part() -> None:
    (said,) = doubts("1\n2{{ store.name }}\n{segment|guest}")
    assert said.startswith("html: Line 3: ")
    everywhere = doubts("x", subject="{segment}", text="{segment}")
    assert [one.partition(":")[0] for one in everywhere] == ["subject", "text"]


def test_a_placeholder_for_which_templates_have_no_name() -> None:
    (said,) = doubts("{top_interest|shoes}")
    assert said.endswith("templates have no such name.")


@pytest.mark.parametrize(
    "html",
    [
        "{color:red}",
        "<style>p{color:red}</style>",
        "{first name|there}",
        "{% comment %}{first_name|there}{% endcomment %}",
        "{{ '{first_name|there}' }}",
    ],
)
def test_what_is_no_placeholder(html: str) -> None:
    assert doubts(html) == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("{{ recommendations }}", "{% for one in recommendations %}{{ one.name }}{% endfor %}"),
        (
            "{{ recommendations|default:'none' }}",
            "{% for one in recommendations %}{{ one.name }}{% endfor %}",
        ),
        ("{{ recommendations|first }}", "{{ recommendations.0.name }}"),
        ("{{ customer }}", "{{ customer.name }}"),
        ("{{ coupon }}", "{{ coupon.code }}"),
        ("{{ content }}", "{{ content.mail_top.title }}"),
        ("{{ content.hero }}", "{{ content.hero.title }}"),
    ],
)
def test_what_is_more_than_one_value_writes_nothing(written: str, instead: str) -> None:
    assert rendered(f"[{written}]").text.startswith("[]")
    said = f"“{written}” writes nothing, as it is more than one value; write {instead}."
    assert doubts(f"\n{written}") == [f"html: Line 2: {said}"]
    assert doubts(instead.replace("mail_top", "hero").replace("customer.name", "store.name")) == []


def test_an_item_of_a_list_writes_nothing() -> None:
    (said,) = doubts("{% for one in recommendations %}{{ one }}{% endfor %}")
    assert said.endswith("write {{ one.name }}.")


@pytest.mark.parametrize(
    "html",
    [
        "{{ recommendations|length }}",
        "{{ content.hero.items|join:', ' }}",
        "{{ content.hero.title }}",
        "{% for one in recommendations %}{{ one.name }}{{ one.price }}{% endfor %}",
        "{% if recommendations %}x{% endif %}",
        "{% with all=recommendations %}{{ all.0.name }}{% endwith %}",
    ],
)
def test_what_is_one_value_is_written(html: str) -> None:
    assert doubts(html) == []


@pytest.mark.parametrize("name", ["customer.first_name", "customer.last_name", "customer.name"])
def test_a_name_that_not_everybody_has(name: str) -> None:
    (said,) = doubts(f"{{{{ {name} }}}}")
    written, instead = f"{{{{ {name} }}}}", f'{{{{ {name}|default:"…" }}}}'
    assert said == f"“{written}” is empty for customers without such a name; write {instead}."


@pytest.mark.parametrize(
    "html",
    [
        "{{ customer.first_name|default:'friend' }}",
        "{{ customer.first_name|title|default:'friend' }}",
        "{{ customer.email }}",
        "{% if customer.first_name %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name and store.name %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name %}{% if 1 %}{{ customer.first_name }}{% endif %}{% endif %}",
        "{% if customer.first_name|length > 1 %}{{ customer.first_name }}{% endif %}",
        "{% if not customer.first_name %}x{% else %}{{ customer.first_name }}{% endif %}",
        "{% if not customer.first_name %}x{% elif 1 %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name == '' %}x{% else %}{{ customer.first_name }}{% endif %}",
        "{% if not customer.first_name or not store.name %}x{% else %}{{ customer.first_name }}"
        "{% endif %}",
        "{% for customer in recommendations %}{{ customer.name }}{% endfor %}",
    ],
)
def test_a_name_that_is_there_or_has_a_default(html: str) -> None:
    assert doubts(html) == []


@pytest.mark.parametrize(
    "html",
    [
        "{% if customer.name %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name %}x{% else %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name %}x{% endif %}{{ customer.first_name }}",
        "{% if not customer.first_name %}{{ customer.first_name }}{% endif %}",
        "{% if customer.first_name or store.name %}{{ customer.first_name }}{% endif %}",
        "{% if not customer.first_name and store.name %}x{% else %}{{ customer.first_name }}"
        "{% endif %}",
        "{{ customer.first_name|upper }}",
    ],
)
def test_a_name_that_may_be_missing_all_the_same(html: str) -> None:
    assert len(doubts(html)) == 1


def test_the_same_is_said_once() -> None:
    assert len(doubts("{{ customer.name }}\n{{ customer.name }}")) == 1
    assert len(doubts("{{ customer.name }}", subject="{{ customer.name }}")) == 1
