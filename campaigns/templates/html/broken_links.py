"""Says which addresses of a mail lead nowhere, and which content they are of."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

MOST_NAMED = 10


def describe_lost_links(lost: Iterable[str], contents: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each of the addresses `lost`, the first ten of them.

    `contents` are what placements show, by the names that a template has for them.
    """
    named: dict[str, str] = {}
    for name, value in _texts_below("content", contents):
        named.setdefault(value, name)
    return [_said(one, named.get(one)) for one in [*dict.fromkeys(lost)][:MOST_NAMED]]


def _said(address: str, name: str | None) -> str:
    if name is None:
        text = _("“%(address)s” leads nowhere in a mail: an address begins with https://.")
        return text % {"address": address}
    text = _(
        "“%(address)s” (%(name)s) leads nowhere in a mail: write the address of the shop before "
        "it, as in %(instead)s."
    )
    instead = f"https://shop.example{{{{ {name} }}}}"
    return text % {"address": address, "name": name, "instead": instead}


def _texts_below(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value.strip()
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts_below(f"{name}.{key}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts_below(f"{name}.{place}", inner)
