"""What is right in a template, but was probably meant otherwise: said to its author."""

import pytest

from campaigns.templates.content import Content, check
from campaigns.templates.rendering import doubts_about


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
    assert said.startswith(f"html: Line 2: “{written}” is a placeholder of placements")
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
