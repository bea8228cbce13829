"""The names that a template may use, in the syntax in which its form lists them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy

from campaigns.content.placements import PAGE_TYPE
from campaigns.templates.language.names import NAMES
from campaigns.templates.language.shapes import Fields, Items

_LINKS = (
    "{%% for one in content.%(name)s.items %%}"
    '<a href="{{ one.link }}">{{ one.label }}</a>{%% endfor %%}'
)
# The fields of each type of content in mail.
BY_TYPE = {
    "hero_banner": (
        "{{ content.%(name)s.title }}",
        "{{ content.%(name)s.text }}",
        "{{ content.%(name)s.image }}",
        "{{ content.%(name)s.link }}",
    ),
    "product_recommendations": (
        "{%% for list in content.%(name)s.lists %%}{%% for one in list.items %%}"
        "{{ one.name }} {{ one.price }}{%% endfor %%}{%% endfor %%}",
    ),
    "content_blocks": (
        "{%% for one in content.%(name)s.items %%}{{ one.body.title }}{%% endfor %%}",
    ),
    "promotional_offers": (
        "{%% for one in content.%(name)s.offers %%}{{ one.sentence }}{%% endfor %%}",
        _LINKS,
    ),
    "navigation_items": (_LINKS,),
    "text": ("{{ content.%(name)s.text }}",),
}


# The most common names, as an expression and in words.
NAMES_OFFERED = (
    ('customer.first_name|default:"there"', gettext_lazy("First name")),
    ("brand.name", gettext_lazy("Name of the sender")),
    ("store.name", gettext_lazy("Name of the store")),
    ("coupon.code", gettext_lazy("Code of the coupon")),
    ("coupon.discount_text", gettext_lazy("What the coupon gives")),
    ("coupon.expires_formatted", gettext_lazy("Until when the coupon is valid")),
)


def names_written() -> Iterator[str]:
    """Yield the expression for each name, except those of placements."""
    for name, shape in NAMES.items():
        if isinstance(shape, Fields):
            yield from (f"{{{{ {name}.{inner} }}}}" for inner in shape.names)
        elif isinstance(shape, Items) and isinstance(shape.item, Fields):
            each = " ".join(f"{{{{ one.{inner} }}}}" for inner in shape.item.names)
            yield f"{{% for one in {name} %}}{each}{{% endfor %}}"
        elif name != "content":
            yield f"{{{{ {name} }}}}"


def placements_written() -> list[tuple[str, list[str]]]:
    """Return the active placements for mail by code, each with its expressions."""
    if not apps.is_installed("personalization"):
        return []
    from personalization.models import Placement

    rows = Placement.objects.filter(page_type=PAGE_TYPE, is_active=True)
    return [
        (one.code, _written(one.code, [one.default_content, *_contents(one)]))
        for one in rows.order_by("code").prefetch_related("variants")
    ]


def _contents(placement: Any) -> Iterator[Mapping[str, Any]]:
    return (variant.content for variant in placement.variants.all())


def _written(code: str, contents: list[Mapping[str, Any]]) -> list[str]:
    types = {content.get("type", "") for content in contents}
    named = {"name": code.replace("-", "_")}
    lines = [line for kind, lines in BY_TYPE.items() if kind in types for line in lines]
    return [line % named for line in dict.fromkeys(lines)]
