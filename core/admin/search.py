"""Search over the menu's pages and the rows of some lists, as far as a user may see them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest
from django.urls import reverse

from core.admin.menu import Link, Section
from core.text.folding import fold

# Characters that are read of what is typed, and from how many on rows are looked for.
LONGEST, SHORTEST = 100, 2
ROWS_SHOWN = 5


@dataclass(frozen=True)
class FoundPage:
    """A page of the menu; `entry` is what it stands under, "" for an entry itself."""

    label: str
    url: str
    entry: str = ""


@dataclass(frozen=True)
class FoundRow:
    """A row of a list, by its name, with what else the reader may know of it ("" for nothing)."""

    label: str
    url: str
    detail: str = ""


@dataclass(frozen=True)
class FoundList:
    """Rows of a list; `rest_url` is the list with the same search, "" where these are all."""

    title: str
    rows: Sequence[FoundRow]
    rest_url: str


@dataclass(frozen=True)
class Found:
    """The results of a search, in the order of the menu."""

    pages: Sequence[FoundPage] = ()
    lists: Sequence[FoundList] = ()

    @property
    def count(self) -> int:
        """How many pages and rows are shown."""
        return len(self.pages) + sum(len(one.rows) for one in self.lists)


def find(site: AdminSite, request: HttpRequest, sections: Sequence[Section], typed: str) -> Found:
    """Return the pages and rows that fit what is `typed`, of the menu of the request's user.

    Pages fit by the beginnings of words; a list searches as its own field does.
    """
    text = typed.replace("\0", "").strip()[:LONGEST]
    if not text:
        return Found()
    links = [link for section in sections for link in section.links]
    lists = []
    if len(text) >= SHORTEST:
        lists = [_rows(site, request, link, text) for link in links if link.page.is_searched]
    return Found(tuple(_pages(sections, text)), tuple(one for one in lists if one.rows))


def _pages(sections: Sequence[Section], text: str) -> Iterator[FoundPage]:
    words = fold(text).split()
    for section in sections:
        entry = str(section.entry.label)
        if not section.has_column and _fits(words, entry):
            yield FoundPage(entry, section.url)
        for link in section.links:
            if _fits(words, f"{link.label} {link.title} {entry} {link.page.words}"):
                yield FoundPage(link.label, link.url, entry)


def _fits(words: Sequence[str], names: str) -> bool:
    """Say whether each of the folded `words` is the beginning of a word of `names`."""
    beginnings = fold(names).split()
    return all(any(one.startswith(word) for one in beginnings) for word in words)


def first_page_of(admin: ModelAdmin[Any]) -> str:
    """Return the name of the page to which rows lead: the form, unless `first_page` is another."""
    return str(getattr(admin, "first_page", "change"))


def _rows(site: AdminSite, request: HttpRequest, link: Link, text: str) -> FoundList:
    model = apps.get_model(link.page.model)
    admin: ModelAdmin[Any] = site.get_model_admin(model)
    found, has_repeated = admin.get_search_results(request, admin.get_queryset(request), text)
    # Query the keys only: the columns that a list computes for each row are not shown here.
    found = found.order_by("pk").values_list("pk", flat=True)
    keys = list((found.distinct() if has_repeated else found)[: ROWS_SHOWN + 1])
    related = admin.list_select_related
    # The name of a row may be that of another row.
    named = model._base_manager.select_related(*([] if isinstance(related, bool) else related))
    rows = named.in_bulk(keys[:ROWS_SHOWN])
    page = f"{site.name}:{model._meta.app_label}_{model._meta.model_name}_{first_page_of(admin)}"
    describe = getattr(admin, "detail_in_search", lambda _request, _row: "")
    return FoundList(
        str(link.title),
        [
            FoundRow(str(rows[key]), reverse(page, args=[key]), describe(request, rows[key]))
            for key in keys
            if key in rows
        ],
        f"{link.url}?{urlencode({'q': text})}" if len(keys) > ROWS_SHOWN else "",
    )
