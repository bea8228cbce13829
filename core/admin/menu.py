"""The menu: nine entries, in the same order in every language, and the pages apps hang there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.access.website_limits import Treatment, is_limited
from core.admin.website_pages import LIST, has_page
from core.registries import Registry, Words


@dataclass(frozen=True)
class Entry:
    """An entry of the menu; `icon` is the id of a symbol in its template."""

    name: str
    label: Words
    icon: str


HOME, SETTINGS = "home", "settings"
ENTRIES = (
    Entry(HOME, pgettext_lazy("menu", "Home"), "home"),
    Entry("segments", _("Segments"), "segments"),
    Entry("campaigns", _("Campaigns"), "send"),
    Entry("automations", _("Automations"), "flow"),
    Entry("offers", pgettext_lazy("menu", "Offers"), "tag"),
    Entry("customers", _("Customers"), "users"),
    Entry("insights", pgettext_lazy("menu", "Insights"), "chart"),
    Entry("storefront", _("Storefront"), "store"),
    Entry(SETTINGS, pgettext_lazy("menu", "Settings"), "gear"),
)


@dataclass(frozen=True)
class Card:
    """A group of pages on the page Settings."""

    name: str
    label: Words
    about: Words


CARDS = (
    Card("brand", _("Brand"), _("The logo, the colours and the postal address in your mails")),
    Card("mail", _("Mail"), _("Who mail comes from, and who gets none")),
    Card("storefront", _("Storefront"), _("The lines in your shop’s pages, and what they report")),
    Card("stores", _("Stores"), _("The views of your shop, their languages and time zones")),
    Card("people", _("People and rights"), _("Who works here, and what they may do")),
    Card("privacy", _("Privacy"), _("What customers allow, and who was deleted")),
    Card("connections", _("Connections"), _("Keys for programs, and what they are told")),
    Card("shop_data", _("Shop data"), _("Where it comes from, and everything it is made of")),
    Card("changes", _("Log of changes"), _("Who changed what, and when")),
)


@dataclass(frozen=True)
class MenuPage:
    """A page under an entry of the menu, or on a card of the page Settings.

    It is shown to users who may see `model` ("app.model"). It is that model's list or, where `view`
    is given, that address of the admin with `arguments`. Pages about a row of a model belong to the
    first page with that model. Pages of an entry stand by their `place`. Above the page stands
    `title`, which is the label unless another is given. A search finds the page by its label
    and by `words`, and rows of its list where `is_searched`; beside the name of a row stands what
    the list's `detail_in_search(request, row)` returns, if there is one. `websites` says whether an
    address of the admin is there for people who are limited to websites. A page that is a tab of
    another page, `tab_of` by name, is a tab below its title and has no line in the menu.
    """

    name: str
    entry: str
    label: Words
    place: int
    model: str
    view: str = ""
    arguments: Sequence[str] = ()
    card: str = ""
    title: Words = ""
    words: Words = ""
    is_searched: bool = False
    websites: Treatment = Treatment.REFUSED
    tab_of: str = ""


MENU: Registry[MenuPage] = Registry("page of the menu")


def hang_up(pages: Iterable[MenuPage]) -> None:
    """Hang an app's pages into the menu."""
    MENU.register(*pages)


@dataclass(frozen=True)
class Link:
    """A page of the menu as a user sees it: its label, its URL, whether it is the open one."""

    page: MenuPage
    label: str
    url: str
    is_current: bool = False

    @property
    def title(self) -> Words:
        """The heading of the page."""
        return self.page.title or self.label


@dataclass(frozen=True)
class Section:
    """An entry with the pages that a user may see; its own link leads to the first of them.

    `is_current`: one of its pages is open, or belongs to what is open; `is_open`: it is itself.
    """

    entry: Entry
    url: str
    links: tuple[Link, ...]
    is_current: bool = False
    is_open: bool = False

    @property
    def has_column(self) -> bool:
        """Return whether its pages are listed below the entry; the settings show cards instead."""
        return bool(self.links) and self.entry.name != SETTINGS

    @property
    def has_pages(self) -> bool:
        """Return whether the entry has more pages than the one that its own link opens."""
        return self.has_column and len(self.column) > 1

    @property
    def column(self) -> list[Link]:
        """Return the links below the entry: pages that are no tab of another page there."""
        names = {link.page.name for link in self.links}
        of_open_tab = {link.page.tab_of for link in self.links if link.is_current}
        return [
            replace(link, is_current=link.is_current or link.page.name in of_open_tab)
            for link in self.links
            if link.page.tab_of not in names
        ]


def sections_of(site: AdminSite, request: HttpRequest) -> list[Section]:
    """Return the entries for the user of `request` that have pages which the user may see."""
    found = list(_links(site, request))
    sections = []
    for entry in ENTRIES:
        links = [link for link in found if link.page.entry == entry.name]
        links.sort(key=lambda link: link.page.place)
        if entry.name == HOME:
            sections.append(Section(entry, reverse(f"{site.name}:index"), ()))
        elif links and entry.name == SETTINGS:
            sections.append(Section(entry, reverse(f"{site.name}:settings"), tuple(links)))
        elif links:
            sections.append(Section(entry, links[0].url, tuple(links)))
    return sections


def mark_open_entry(sections: Sequence[Section], address: str) -> list[Section]:
    """Return the entries with the one marked, and its page, to which `address` belongs.

    `address` is the name of the open page's address without that of the site; a page of a row
    belongs to the list of its model.
    """
    every = [link for section in sections for link in section.links]
    current = next((link for link in every if link.page.view == address), None) or next(
        (link for link in every if address.startswith(f"{link.page.model.replace('.', '_')}_")),
        None,
    )
    own = {"index": HOME, "settings": SETTINGS}.get(address)
    return [
        replace(
            section,
            is_current=section.entry.name == own or current in section.links,
            is_open=section.entry.name == own,
            links=tuple(replace(one, is_current=one is current) for one in section.links),
        )
        for section in sections
    ]


def current_of(sections: Sequence[Section]) -> Link | None:
    """Return the page that is marked, if any."""
    return next((one for section in sections for one in section.links if one.is_current), None)


def tabs_of(sections: Sequence[Section]) -> list[Link]:
    """Return the marked page with the pages beside it as tabs; [] where it has none."""
    current = current_of(sections)
    if current is None:
        return []
    first = current.page.tab_of or current.page.name
    every = [link for section in sections for link in section.links]
    found = [link for link in every if first in {link.page.name, link.page.tab_of}]
    return found if len(found) > 1 else []


def cards_of(sections: Sequence[Section]) -> list[tuple[Card, list[Link]]]:
    """Return the cards of the page Settings with their links; apps that declare none come last."""
    links = [
        link for section in sections if section.entry.name == SETTINGS for link in section.links
    ]
    known = [(card, [one for one in links if one.page.card == card.name]) for card in CARDS]
    names = {card.name for card in CARDS}
    others: dict[str, list[Link]] = {}
    for link in links:
        if link.page.card not in names:
            others.setdefault(link.page.card, []).append(link)
    known += [(Card("", label, ""), of_app) for label, of_app in others.items()]
    return [(card, of_card) for card, of_card in known if of_card]


def _links(site: AdminSite, request: HttpRequest) -> Iterator[Link]:
    """Yield the pages of the menu that the user may see, then lists of models that no page names.

    These are of apps that know nothing of this menu: each app is a card of the page Settings.
    """
    limited = is_limited(request.user)
    admins = {
        admin.opts.label_lower: admin
        for admin in site._registry.values()
        if admin.has_module_permission(request) and admin.has_view_permission(request)
        # Other pages are refused to people who are limited to websites.
        if not limited or has_page(admin, LIST)
    }
    named: set[str] = set()
    for page in MENU:
        named.add(page.model)
        if (admin := admins.get(page.model)) is not None:
            if page.view and limited and page.websites is Treatment.REFUSED:
                continue
            name = page.view or _list_of(admin)
            yield Link(
                page, capfirst(str(page.label)), reverse(f"{site.name}:{name}", args=page.arguments)
            )
    for model, admin in admins.items():
        if model not in named:
            label = capfirst(str(admin.opts.verbose_name_plural))
            card = str(admin.opts.app_config.verbose_name)
            page = MenuPage(model, SETTINGS, label, 0, model, card=card)
            yield Link(page, label, reverse(f"{site.name}:{_list_of(admin)}"))


def _list_of(admin: "ModelAdmin[Any]") -> str:
    return f"{admin.opts.app_label}_{admin.opts.model_name}_changelist"
