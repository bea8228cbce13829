"""Links and images of a mail: paths lead to the shop where that is known, else that is said."""

import pytest

from campaigns.templates.content import Content
from campaigns.templates.rendering import Rendered, render
from campaigns.tests.templates.made import VALUES, body_of

CONTENT = {
    "top": {
        "link": "/sale",
        "image": "/media/a.png",
        "items": [{"label": "New", "link": "/new"}],
    }
}
HTML = (
    '<a href="{{ content.top.link }}">S</a><img src="{{ content.top.image }}" alt="">'
    '{% for one in content.top.items %}<a href="{{ one.link }}">{{ one.label }}</a>{% endfor %}'
)


def shown(html: str, shop: str) -> Rendered:
    return render(Content("S", html=html), VALUES | {"content": CONTENT}, shop=shop)


def test_paths_lead_to_the_shop() -> None:
    mail = shown(HTML, "https://shop.example")
    assert body_of(mail) == (
        '<a href="https://shop.example/sale">S</a>'
        '<img src="https://shop.example/media/a.png" alt="">'
        '<a href="https://shop.example/new">New</a>'
    )
    assert "New (https://shop.example/new)" in mail.text
    assert mail.warnings == []


def test_where_the_shop_is_not_known_its_address_and_its_content_are_named() -> None:
    mail = shown(HTML, "")
    assert body_of(mail) == '<a>S</a><img alt=""><a>New</a>'
    assert mail.warnings == [
        f"“{path}” ({name}) leads nowhere in a mail: write the address of the shop before it, as "
        f"in https://shop.example{{{{ {name} }}}}."
        for path, name in (
            ("/sale", "content.top.link"),
            ("/media/a.png", "content.top.image"),
            ("/new", "content.top.items.0.link"),
        )
    ]


@pytest.mark.parametrize("shop", ["", "https://shop.example"])
def test_an_address_that_the_template_has_made_whole_stays(shop: str) -> None:
    mail = shown('<a href="https://other.example{{ content.top.link }}">S</a>', shop)
    assert body_of(mail) == '<a href="https://other.example/sale">S</a>'
    assert mail.warnings == []


@pytest.mark.parametrize(
    "address",
    ["sale", "?page=2", "#top", "//evil.example/x", "\\\\evil.example", "/\t/evil.example", "./x"],
)
def test_what_is_no_path_leads_nowhere(address: str) -> None:
    mail = shown(f'<a href="{address}">S</a>', "https://shop.example")
    assert body_of(mail) == "<a>S</a>"
    assert len(mail.warnings) == 1


def test_no_more_than_ten_are_named() -> None:
    mail = shown("".join(f"<a href=/{number}>S</a>" for number in range(20)), "")
    assert len(mail.warnings) == 10
