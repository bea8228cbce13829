"""Content as fields of a form: what stored content puts into them, and what they come to."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from personalization.experiences.content.kinds import KINDS, LISTS
from personalization.models import ContentType

PREFIX = "content_"
# The choice of type for content of another system that these fields cannot represent.
AS_JSON = "json"
KIND_LABELS = {
    "hero_banner": gettext_lazy("hero banner"),
    "product_recommendations": gettext_lazy("recommended products"),
    "content_blocks": gettext_lazy("pieces of content"),
    "promotional_offers": gettext_lazy("promotions"),
    "navigation_items": gettext_lazy("navigation"),
    "text": gettext_lazy("text"),
}
assert list(KIND_LABELS) == list(KINDS)
LIST_LABELS = {
    "similar": gettext_lazy("similar to the product"),
    "complementary": gettext_lazy("bought together with the product or the cart"),
    "trending": gettext_lazy("trending"),
    "again": gettext_lazy("buy again"),
    "discover": gettext_lazy("discover"),
    "personal": gettext_lazy("personal"),
    "popular": gettext_lazy("popular"),
}
assert set(LIST_LABELS) == set(LISTS)
BLOCK_LABELS = {
    ContentType.BLOG_ARTICLE: gettext_lazy("Articles"),
    ContentType.VIDEO: gettext_lazy("Videos"),
    ContentType.SOCIAL_PROOF: gettext_lazy("Social proof"),
    ContentType.USER_GENERATED: gettext_lazy("Written by customers"),
}
assert set(BLOCK_LABELS) == set(ContentType)
TEXTS = ("title", "text", "image", "link", "sku", "category")
# Fields with a one-line input, which cannot hold a line break.
OF_ONE_LINE = ("title", "image", "link", "sku", "category")
BLOCKS = tuple(f"blocks_{name}" for name in ContentType.values)
# The fields of the form by content type.
USES: dict[str, tuple[str, ...]] = {
    "": (),
    "hero_banner": ("title", "text", "image", "link"),
    "product_recommendations": ("lists", "sku", "category"),
    "content_blocks": BLOCKS,
    "promotional_offers": ("count", "items"),
    "navigation_items": ("items",),
    "text": ("text",),
    AS_JSON: ("json",),
}


def fields_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the form's fields, without their prefix, for stored content."""
    kind = content.get("type", "")
    if content and not _fits(content):
        return {"type": AS_JSON, "json": content}
    return {"type": kind, **_parts(content)}


def content_of(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content that fields, without their prefix, come to; empty ones are left out."""
    if not kind:
        return {}
    if kind == AS_JSON:
        return dict(values["json"])
    found: dict[str, Any] = {"type": kind}
    for name in USES[kind]:
        value = values.get(name)
        if name in TEXTS and value:
            found[name] = value
        elif name == "items" and value:
            found["items"] = [dict(row) for row in value]
        elif name == "count" and value is not None:
            found["count"] = value
        elif name == "lists" and value:
            found["types"] = ",".join(f"{row['list']}:{row['count']}" for row in value)
    if kind == "content_blocks":
        blocks = {name: values.get(f"blocks_{name}") for name in ContentType.values}
        found["blocks"] = {name: count for name, count in blocks.items() if count is not None}
    return found


def field_of(path: str) -> tuple[str, int | None, str]:
    """Return the form field, without its prefix, that shows a problem at `path` within the content.

    For a list, the row and the column follow; otherwise None and "".
    """
    name, _point, rest = path.partition(".")
    name, bracket, index = name.partition("[")
    if name == "blocks":
        return (f"blocks_{rest}" if f"blocks_{rest}" in BLOCKS else BLOCKS[0]), None, ""
    if bracket:
        return name, int(index.removesuffix("]")), rest
    return {"types": "lists"}.get(name, name), None, ""


def _parts(content: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {name: content[name] for name in TEXTS if name in content}
    if "count" in content:
        found["count"] = content["count"]
    if "items" in content:
        found["items"] = [dict(one) for one in content["items"]]
    if "types" in content:
        pairs = (one.partition(":") for one in content["types"].split(","))
        found["lists"] = [
            {"list": name.strip(), "count": count.strip()} for name, _colon, count in pairs
        ]
    for name, count in content.get("blocks", {}).items():
        found[f"blocks_{name}"] = count
    return found


def _fits(content: Mapping[str, Any]) -> bool:
    """Return whether the fields can show all of the content, as it is."""
    kind = content.get("type")
    if kind not in KINDS:
        return False
    try:
        parts = _parts(content)
        back = content_of(kind, parts)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    types = str(content.get("types", "")).replace(" ", "")
    wanted = {**content, "types": types} if "types" in content else dict(content)
    lines = [parts.get(name, "") for name in OF_ONE_LINE]
    lines += [text for row in parts.get("items", ()) for text in row.values()]
    is_whole = not any("\n" in text for text in lines)
    # A browser sends every line break in its own way.
    return back == wanted and is_whole and "\r" not in "".join([*lines, parts.get("text", "")])
