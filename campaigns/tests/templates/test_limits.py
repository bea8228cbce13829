"""A rendering ends, however a template is made."""

import pytest

from campaigns.templates.language.effort import MOST_UNITS, MeteredContext, TooMuch, spend
from campaigns.templates.problems import TemplateRefused
from campaigns.tests.templates.made import rendered
from tests.cases import pairs

MANY = {"content": {"x": [str(number) for number in range(10_000)], "text": "y" * 1_000_000}}
LOOPS = "{% for a in content.x %}{% for b in content.x %}%s{% endfor %}{% endfor %}"


@pytest.mark.parametrize(
    ("source", "part"),
    pairs(
        [
            LOOPS.replace("%s", "{{ b }}"),
            LOOPS.replace("%s", "<p>some text</p>"),
            LOOPS.replace("%s", ""),
            LOOPS.replace("%s", "{% comment %}x{% endcomment %}"),
            LOOPS.replace("%s", "{% if a == b %}{% endif %}"),
            LOOPS.replace("%s", "{% with c=b %}{% endwith %}"),
            "{{ content.text }}{{ content.text }}{{ content.text }}",
            "{% for a in content.x %}{{ content.text|upper|length }}{% endfor %}",
            "{{ content.x|join:content.text }}",
        ],
        ["subject", "preheader", "html", "text"],
    ),
)
def test_too_much_output(source: str, part: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        rendered(**{"html": "x", part: source}, values=MANY)
    (problem,) = refused.value.problems
    assert (problem.code, problem.part, problem.line) == ("too_long", part, None)


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 300,
        "".join(f'<font color="{number}">' for number in range(150)) + "<p>" * 10_000,
        "<style>p{" + "color:red;" * 10_000 + "}</style>" + "<p>x</p>" * 3_000,
        "<b>" + "<i></nonsense>" * 300,
    ],
)
def test_markup_that_would_grow_without_end(html: str) -> None:
    with pytest.raises(TemplateRefused) as refused:
        rendered(html)
    assert [(one.code, one.part) for one in refused.value.problems] == [("too_long", "html")]


def test_styles_copied_to_more_than_two_megabytes() -> None:
    style = "p{" + "".join(f"--x{number}:red;" for number in range(400)) + "}"
    with pytest.raises(TemplateRefused) as refused:
        rendered(f"<style>{style}</style>" + "<p>x</p>" * 1_000)
    assert [one.code for one in refused.value.problems] == ["too_long"]


def test_a_large_mail_of_an_ordinary_kind_is_rendered() -> None:
    row = '<table><tr><td style="padding:1px"><a href="https://x.example">x</a><p>y<p>z</td></tr></table>'
    mail = rendered("<style>td{color:red}</style>" + row * 2_000)
    assert mail.size > 200_000


def test_the_last_unit_may_be_spent() -> None:
    context = MeteredContext({}, autoescape=False)
    spend(context, MOST_UNITS)
    with pytest.raises(TooMuch):
        spend(context, 1)


@pytest.mark.parametrize(
    "piece", ["<style", "<style>", "<body ", "<html ", "<body '", '<a b="', "<!--"]
)
def test_thousands_of_broken_tags_are_no_long_work(piece: str) -> None:
    # A style that cannot be read keeps the parser of styles from mending the rest.
    broken = '<style>.a{color:red}</style><p class="a" style="color">'
    try:
        mail = rendered(broken + piece * 50_000)
    except TemplateRefused as refused:
        assert [one.code for one in refused.problems] == ["too_long"]
    else:
        assert mail.html.endswith("</body></html>")
