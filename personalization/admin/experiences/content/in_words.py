"""Content in words: as its reader sees it, for the page “Preview”, and as it is stored."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.text.formats import cents_shown
from personalization.admin.experiences.content.stored_fields import (
    BLOCK_LABELS,
    KIND_LABELS,
    LIST_LABELS,
)
from personalization.experiences.content.kinds import types_of
from personalization.experiences.content.warnings import unknown_in
from personalization.models import ContentType

FIELD_LABELS = {
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Text"),
    "image": gettext_lazy("Image"),
    "link": gettext_lazy("Link"),
}
# The fields of an entry, in the order in which they are read.
OF_ENTRY = ("label", "link")


@dataclass(frozen=True, slots=True)
class ShownContent:
    """Content in words: its type ('' for nothing), its fields, its lists with their entries.

    `card` has the texts of a banner by their names. `doubts` are the things that the content names
    and the shop does not have; `written` is the JSON that the storefront gets.
    """

    kind: str
    fields: Sequence[tuple[str, str]]
    lists: Sequence[tuple[str, Sequence[str]]]
    card: Mapping[str, str]
    doubts: Sequence[str]
    written: str


def shown_content(content: Mapping[str, Any]) -> ShownContent:
    """Return in words the content that an element of a response shows."""
    texts = {name: unescape(content[name]) for name in FIELD_LABELS if content.get(name)}
    is_banner = content.get("type") == "hero_banner"
    fields = [(str(FIELD_LABELS[name]), text) for name, text in texts.items()]
    return ShownContent(
        kind=str(capfirst(KIND_LABELS.get(content.get("type", ""), ""))),
        fields=[] if is_banner else fields,
        lists=list(_lists(content)),
        card=texts if is_banner else {},
        doubts=[one.message for one in unknown_in(content, "content")],
        written=json.dumps(content, ensure_ascii=False, indent=2),
    )


def stored_content(content: Mapping[str, Any]) -> ShownContent:
    """Return in words the content that is stored, its placeholders and lists not filled in."""
    texts = {name: content[name] for name in FIELD_LABELS if isinstance(content.get(name), str)}
    is_banner = content.get("type") == "hero_banner"
    return ShownContent(
        kind=str(capfirst(KIND_LABELS.get(content.get("type", ""), ""))),
        fields=[] if is_banner else [(str(FIELD_LABELS[name]), one) for name, one in texts.items()],
        lists=[(label, entries) for label, entries in _asked_lists(content) if entries],
        card=texts if is_banner else {},
        doubts=[],
        written="",
    )


def _asked_lists(content: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield what content asks for: lists of products and pieces of content, each with a number."""
    if content.get("type") == "product_recommendations":
        lists = types_of(content)
        yield _("Lists of products"), [f"{LIST_LABELS.get(one, one)}: {n}" for one, n in lists]
    blocks = content.get("blocks", {}).items()
    yield _("Pieces of content"), [f"{BLOCK_LABELS.get(one, one)}: {n}" for one, n in blocks]
    yield _("Entries"), [_entry(one) for one in content.get("items", ())]


def _entry(one: Mapping[str, Any]) -> str:
    return " → ".join(one[name] for name in OF_ENTRY if one.get(name))


def _lists(content: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    items = content.get("items", [])
    if content.get("type") == "product_recommendations":
        return [
            (str(capfirst(LIST_LABELS[one["type"]])), [_product(item) for item in one["items"]])
            for one in content["lists"]
        ]
    if content.get("type") == "content_blocks":
        return [
            (str(BLOCK_LABELS[kind]), [_piece(one) for one in items if one["type"] == kind])
            for kind in ContentType
            if kind in content["blocks"]
        ]
    found = []
    if "offers" in content:
        told = [unescape(f"{one['sentence']} ({one['code']})") for one in content["offers"]]
        found.append((_("Offers"), told))
    if items:
        found.append((_("Entries"), [unescape(_entry(one)) for one in items]))
    return found


def _product(item: Mapping[str, Any]) -> str:
    """Return a product as its name, SKU and price."""
    named = f"{item['name']} ({item['sku']})"
    if item["price"] is None:
        return named
    return f"{named}, {cents_shown(Decimal(item['price']))}"


def _piece(one: Mapping[str, Any]) -> str:
    """Return a piece of content as its title, or its code; and how many have bought it."""
    title = one["body"].get("title")
    named = title if isinstance(title, str) and title else str(one["code"])
    if "count" not in one:
        return named
    count = one["count"]
    bought = ngettext("bought by %(count)d customer", "bought by %(count)d customers", count)
    return f"{named}: {bought % {'count': count}}"
