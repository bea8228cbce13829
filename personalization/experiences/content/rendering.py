"""Rendering of stored content: texts are filled and escaped, lists are computed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from customers.models import Customer
from personalization.experiences.content.blocks import blocks_of
from personalization.experiences.content.interests import top_interest
from personalization.experiences.content.kinds import KINDS
from personalization.experiences.content.offers import offers_in
from personalization.experiences.content.recommended import empty_lists, lists_of
from personalization.experiences.content.texts import fill_text, names_in

# Fields with texts that shoppers read; all others are paths, links, codes and numbers.
TEXTS = ("title", "text", "label")


@dataclass
class Reader:
    """The customer for whom content is rendered; None where no personal data may be used.

    `segment` is the name of the segment by which the content was chosen; `as_of` is the instant of
    a preview, None for now. `may_name`: whether the customer's name may be read. `algorithm` makes
    their personal lists; None: the one in use.
    """

    customer: Customer | None
    at: datetime
    segment: str = ""
    as_of: datetime | None = None
    may_name: bool = True
    algorithm: str | None = None
    # The website whose rules about recommendations apply.
    website: str | None = None
    page_type: str | None = None
    # Allows offers for the reader.
    may_offer: bool = True
    # Escapes texts for HTML.
    for_html: bool = True

    @cached_property
    def interest(self) -> str:
        """The name of the customer's category of most interest; '' where unknown."""
        return top_interest(self.customer, self.at) if self.customer else ""

    def values(self, names: set[str]) -> dict[str, str]:
        """Return the values of placeholders, those that are asked for."""
        found = {"segment": self.segment}
        if self.customer is not None and self.may_name:
            found["first_name"] = self.customer.first_name or ""
        if "top_interest" in names:
            found["top_interest"] = self.interest
        return found


def takes_time(content: Mapping[str, Any]) -> bool:
    """Return whether rendering `content` needs more than the content itself."""
    kind = KINDS.get(content.get("type", ""))
    return (kind is not None and kind.is_made) or "top_interest" in _names_in(content)


def render_content(content: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Return `content` as it is shown to a reader."""
    shown = _fill_content(content, reader)
    if shown.get("type") == "product_recommendations":
        shown["lists"] = lists_of(
            content,
            reader.customer,
            reader.as_of,
            website=reader.website,
            page_type=reader.page_type,
            algorithm=reader.algorithm,
        )
    elif shown.get("type") == "content_blocks":
        shown["items"] = blocks_of(content, reader.customer, reader.at)
    elif shown.get("type") == "promotional_offers":
        shown["offers"] = (
            offers_in(content, reader.customer, reader.as_of, for_html=reader.for_html)
            if reader.may_offer
            else []
        )
    return shown


def immediate_content(
    content: Mapping[str, Any], at: datetime, *, for_html: bool
) -> dict[str, Any]:
    """Return the part of `content` that anybody can be shown at once: lists are empty."""
    shown = _fill_content(content, Reader(None, at, for_html=for_html))
    if shown.get("type") == "product_recommendations":
        shown["lists"] = empty_lists(content)
    elif shown.get("type") == "content_blocks":
        shown["items"] = []
    elif shown.get("type") == "promotional_offers":
        shown["offers"] = []
    return shown


def _fill_content(content: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    values = reader.values(_names_in(content))

    def part(given: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: fill_text(value, values, for_html=reader.for_html)
            if name in TEXTS and isinstance(value, str)
            else value
            for name, value in given.items()
        }

    shown = part(content)
    if isinstance(content.get("items"), list):
        shown["items"] = [part(one) for one in content["items"]]
    return shown


def _names_in(content: Mapping[str, Any]) -> set[str]:
    return {name for text in _texts_in(content) for name in names_in(text)}


def _texts_in(content: Mapping[str, Any]) -> Iterator[str]:
    items = content.get("items")
    for part in (content, *(items if isinstance(items, list) else ())):
        yield from (part[name] for name in TEXTS if isinstance(part.get(name), str))
