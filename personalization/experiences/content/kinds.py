"""The types of content of a variant, and what each has; JSON in, every problem with its path out.

Content is an object whose `type` says what else it has. An empty one shows nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.formats import number_shown
from core.text.json_documents import can_be_stored
from personalization.experiences.content.links import hosts, is_link, is_path
from personalization.experiences.content.texts import problems_in_text
from personalization.models import ContentType
from personalization.offers.evaluating import MOST_OFFERS
from personalization.recommend.replies.question import TYPES

LISTS = TYPES
MOST_ITEMS, MOST_LINKS = 50, 100
LONGEST = {"text": 10_000, "title": 1_000, "label": 255, "link": 2_000, "image": 2_000}

Found = Iterator[Problem]
Check = Callable[[Any, str], Found]


@dataclass(frozen=True)
class ContentKind:
    """One type: how each of its fields is checked, and which of them it must have."""

    name: str
    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    # Whether rendering needs more than the content's own text.
    is_made: bool = False


def checked_content(given: Any, path: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the content as it is stored, and its problems at `path`."""
    if not isinstance(given, Mapping):
        return {}, [Problem(path, "not_an_object", _("Content is an object."))]
    if not given:
        return {}, []
    name = given.get("type")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        text = _("One of %(allowed)s is needed here.") % {"allowed": ", ".join(KINDS)}
        return {}, [Problem(f"{path}.type", "unknown_choice", text)]
    problems = list(_of_kind(kind, given, path))
    return dict(given), problems


def types_of(content: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return the lists of products that stored content asks for, each with its length."""
    pairs = (one.partition(":") for one in str(content["types"]).split(","))
    return [(name.strip(), int(count)) for name, _colon, count in pairs]


def offers_wanted(content: Mapping[str, Any]) -> int:
    """Return the maximum number of a shopper's offers that stored promotions show.

    Without a `count`: MOST_OFFERS, or 0 if the promotions have entries of their own.
    """
    count: int | None = content.get("count")
    return count if count is not None else 0 if content.get("items") else MOST_OFFERS


def _of_kind(kind: ContentKind, given: Mapping[str, Any], path: str) -> Found:
    for name in given:
        if name != "type" and name not in kind.fields:
            text = _("There is no field “%(field)s” here.") % {"field": name}
            yield Problem(f"{path}.{name}", "unknown_field", text)
    for name, check in kind.fields.items():
        if given.get(name) is not None:
            yield from check(given[name], f"{path}.{name}")
        elif name in kind.required or name in given:
            yield Problem(f"{path}.{name}", "required", _("This is needed here."))


def _plain(given: Any, path: str, longest: int) -> Found:
    if not isinstance(given, str):
        yield Problem(path, "invalid", _("A text is needed here."))
    elif not given.strip():
        yield Problem(path, "blank", _("It is empty."))
    elif len(given) > longest:
        text = _("At most %(most)s characters: this is %(over)s more.")
        figures = {"most": number_shown(longest), "over": number_shown(len(given) - longest)}
        yield Problem(path, "max_length", text % figures)
    elif not can_be_stored(given):
        yield Problem(path, "nul", _("There is a character in it that cannot be stored."))


def _text(name: str) -> Check:
    def check(given: Any, path: str) -> Found:
        problems = list(_plain(given, path, LONGEST[name]))
        yield from problems
        if not problems:
            for code, message in problems_in_text(given):
                yield Problem(path, code, message)

    return check


def _link(given: Any, path: str) -> Found:
    problems = list(_plain(given, path, LONGEST["link"]))
    yield from problems
    if not problems and not is_link(given):
        allowed = ", ".join(sorted(hosts()))
        text = (
            _("A link is a path such as /sale, or leads to a storefront of this shop: %(hosts)s.")
            if allowed
            else _(
                "A link is a path such as /sale: no address of the shop is allowed to which it "
                "could lead (Storefront connection)."
            )
        )
        yield Problem(path, "foreign_link", text % {"hosts": allowed})


def _image(given: Any, path: str) -> Found:
    problems = list(_plain(given, path, LONGEST["image"]))
    yield from problems
    if not problems and not is_path(given):
        yield Problem(path, "not_a_path", _("An image is a path, such as /media/hero.jpg."))


def _links(given: Any, path: str) -> Found:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_LINKS:
        text = _("Add 1 to %(most)d links.") % {"most": MOST_LINKS}
        yield Problem(path, "invalid", text)
        return
    fields = {"label": _text("label"), "link": _link}
    for index, one in enumerate(given):
        at = f"{path}[{index}]"
        if not isinstance(one, Mapping):
            yield Problem(at, "not_an_object", _("An object is needed here."))
            continue
        yield from _of_kind(ContentKind("", fields, tuple(fields)), one, at)


def _types(given: Any, path: str) -> Found:
    if not isinstance(given, str):
        yield Problem(path, "invalid", _("A text is needed here, such as personal:5,trending:3."))
        return
    seen = set()
    for one in given.split(","):
        name, _colon, count = (part.strip() for part in one.partition(":"))
        if name not in LISTS or name in seen:
            text = _("“%(name)s” is none of %(allowed)s, or stands there twice.")
            said = text % {"name": name, "allowed": ", ".join(LISTS)}
            yield Problem(path, "unknown_choice", said)
        elif not _is_count(count):
            text = _("From 1 to %(most)d, such as personal:5.") % {"most": MOST_ITEMS}
            yield Problem(path, "out_of_range", text)
        seen.add(name)


def _is_count(text: str) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_ITEMS))
    return is_number and 1 <= int(text) <= MOST_ITEMS


def _code(given: Any, path: str) -> Found:
    yield from _plain(given, path, 255)


def _offers(given: Any, path: str) -> Found:
    if type(given) is not int or not 0 <= given <= MOST_OFFERS:
        text = _("From %(least)s to %(most)s.") % {"least": 0, "most": MOST_OFFERS}
        yield Problem(path, "out_of_range", text)


def _counts(given: Any, path: str) -> Found:
    if not isinstance(given, Mapping) or not given:
        text = _("An object with a number for each type is needed here.")
        yield Problem(path, "invalid", text)
        return
    for name, count in given.items():
        at = f"{path}.{name}"
        if name not in ContentType.values:
            allowed = ", ".join(ContentType.values)
            text = _("One of %(allowed)s is needed here.") % {"allowed": allowed}
            yield Problem(at, "unknown_choice", text)
        elif type(count) is not int or not 1 <= count <= MOST_ITEMS:
            text = _("From %(least)s to %(most)s.") % {"least": 1, "most": MOST_ITEMS}
            yield Problem(at, "out_of_range", text)


HERO = {"title": _text("title"), "text": _text("text"), "image": _image, "link": _link}
PRODUCTS = {"types": _types, "sku": _code, "category": _code}
PROMOTIONS = {"count": _offers, "items": _links}
KINDS = {
    kind.name: kind
    for kind in (
        ContentKind("hero_banner", HERO, ("title",)),
        ContentKind("product_recommendations", PRODUCTS, ("types",), is_made=True),
        ContentKind("content_blocks", {"blocks": _counts}, ("blocks",), is_made=True),
        ContentKind("promotional_offers", PROMOTIONS, is_made=True),
        ContentKind("navigation_items", {"items": _links}, ("items",)),
        ContentKind("text", {"text": _text("text")}, ("text",)),
    )
}
