"""Placements in mail, whose content is chosen as personalization chooses on every channel.

A template names a placement as `content.<code>`; since “-” cannot stand in such a name, `_` is
written for it. Only placements of the page type `email` are shown, and only those that a template
names are chosen.
"""

import re
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.translation import gettext as _

from campaigns.templates.language.prices import price_of
from customers.models import Customer, Store
from customers.models.shop import DEFAULT_WEBSITE

if TYPE_CHECKING:
    from personalization.experiences.serving.responses import Made

PAGE_TYPE = "email"
# The timeout (seconds) is longer than for a page, since nobody waits for a mail. A placement that
# takes longer shows its default.
SECONDS = 5.0
# Fields of contents and of their bodies that hold addresses.
ADDRESSES = ("link", "image")

_ROOTED = re.compile(r"\s*(/|https?://)", re.IGNORECASE)


@dataclass(frozen=True)
class Placed:
    """The contents of placements, by the names that a template has for the placements.

    `unknown` has the names for which there is no placement, in alphabetical order.
    """

    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    made: "Made | None" = None

    def note_shown(self) -> None:
        """Store the exposures, by the rules of personalization; call once for each mail sent."""
        if self.made is not None:
            from personalization.experiences.serving.responses import store_exposures

            store_exposures(self.made)

    @property
    def warnings(self) -> list[str]:
        """Sentences for the author of the template."""
        if not apps.is_installed("personalization"):
            text = _("“content.%(name)s” is empty: the app “personalization” is not installed.")
        else:
            text = _(
                "“content.%(name)s” is empty: there is no active place of this name on the "
                "page “email”."
            )
        return [text % {"name": name} for name in self.unknown]


def placed_for(
    names: Collection[str], customer: Customer | None, store: Store | None, at: datetime
) -> Placed:
    """Return the contents of the placements `names` for `customer` (None: anybody) in `store` mail.

    `at` is aware. Nothing is stored.
    """
    if not names:
        return Placed()
    if not apps.is_installed("personalization"):
        return Placed(unknown=tuple(sorted(names)))
    from personalization.experiences.serving.catalogue import catalogue
    from personalization.experiences.serving.responses import Asked, InvalidExperience, make

    website = store.website.code if store else DEFAULT_WEBSITE
    here = [one.code for one in catalogue().of_page(PAGE_TYPE, website)]
    # An exact code takes precedence over a code that only matches with `_` for “-”.
    codes = {code.replace("-", "_"): code for code in here} | {code: code for code in here}
    wanted = {name: codes[name] for name in names if name in codes}
    asked = Asked(
        page_type=PAGE_TYPE,
        customer=customer,
        at=at,
        deadline=time.monotonic() + SECONDS,
        elements=sorted(set(wanted.values())),
        website=website,
        for_html=False,
    )
    made = None
    if wanted:
        # A placement may be deleted in the meantime.
        with suppress(InvalidExperience):
            made = make(asked)
    answered = made.answer.elements if made else ()
    shown = {one.element: _as_absolute_links(_with_prices(one.content)) for one in answered}
    values = {name: shown[code] for name, code in wanted.items() if code in shown}
    return Placed(values, tuple(sorted(set(names) - set(values))), made)


def _as_absolute_links(value: Any) -> Any:
    """Return contents whose links and images are whole addresses, or begin with “/”.

    Authors of templates put the shop's address before a link: a link that begins with “@host” or
    “.host” would then lead to another host, and so would another scheme, such as “mailto:x@host”.
    """
    if isinstance(value, list):
        return [_as_absolute_links(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name: f"/{inner}"
        if name in ADDRESSES and _is_relative(inner)
        else _as_absolute_links(inner)
        for name, inner in value.items()
    }


def _is_relative(address: Any) -> bool:
    return isinstance(address, str) and bool(address) and not _ROOTED.match(address)


def _with_prices(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the content of a placement, with the prices of its products formatted for mail."""
    lists = content.get("lists")
    if not lists:
        return content
    return {
        **content,
        "lists": [{**one, "items": [_with_price(item) for item in one["items"]]} for one in lists],
    }


def _with_price(item: Mapping[str, Any]) -> Mapping[str, Any]:
    price = item["price"]
    return item if price is None else {**item, "price": price_of(price)}
