"""Shops that are read by their API: their kinds of objects, and objects as rows to convert."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.registries import Registry
from customers.imports.plan import RecognisedFile
from customers.imports.report import ImportReport
from integrations.shops.apis.http_headers import ShopClock
from integrations.shops.converting.conversion import Conversion, ReadFile
from integrations.shops.files.layouts import Layout, SourceRow
from integrations.shops.files.values import text, texts

if TYPE_CHECKING:
    from customers.imports.plan import ImportPlan
    from customers.imports.run import OnProgress

ENCODING = "utf-8"
# Names of what a reader adds to objects begin so.
ADDED = "tranche_"
# Objects as the API gives them, by their names.
ShopObject = dict[str, Any]


class ApiReader(Protocol):
    """The API of one shop during one run, and the clock by which the shop dates changes."""

    clock: ShopClock

    def blocks(
        self, kind: str, since: datetime | None, cursor: str
    ) -> Iterator[tuple[list[ShopObject], str]]:
        """Yield whole objects, at most 1,000, and the cursor with which the next block begins.

        `since` restricts the objects to those that changed since; `cursor` is where an earlier run
        ended, "" for the start. Raises ApiFailure.
        """


@dataclass(frozen=True)
class ApiLayout(Layout):
    """A kind of objects, named PLATFORM.api.KIND.

    `id_prefix` stands before the number of an object in the ids of the shop.
    """

    id_prefix: str = ""

    @property
    def kind(self) -> str:
        """The name of the kind, which is that of its path in the API."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Mentions:
    """The customers and orders that a block of objects names, as the source writes them."""

    customers: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    # Phone numbers of orders without account and e-mail address.
    phones: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class ApiPlatform:
    """A kind of shop whose API is read.

    `layouts` are in the order in which their kinds are read. `settings` are the names of the
    settings without which there is no access. `connect` returns the reader of a run, which may
    write below the folder; `mentions` returns the customers and orders that objects name. `convert`
    writes our files from the objects; the function that it returns, if any, is called in the
    transaction of the block when all rows are stored.
    """

    name: str
    title: str
    settings: tuple[str, ...]
    layouts: tuple[ApiLayout, ...]
    connect: Callable[[Path, OnProgress | None], ApiReader]
    mentions: Callable[[str, Sequence[ShopObject]], Mentions]
    convert: Callable[[Conversion, ObjectFile, Mentions], Callable[[ImportReport], None] | None]

    def layout(self, kind: str) -> ApiLayout:
        """Return the layout of a kind."""
        return next(one for one in self.layouts if one.kind == kind)


APIS: Registry[ApiPlatform] = Registry("API of shops")


class ObjectRows:
    """Objects of one kind as rows; the place of each is its id, the header all of their names."""

    def __init__(self, layout: ApiLayout, objects: Sequence[ShopObject]) -> None:
        self.path = layout.kind
        self.objects = {int(one["id"]): one for one in objects}
        self._cells = {place: dict(texts(one)) for place, one in self.objects.items()}
        declared = [name for one in layout.columns for name in one.source]
        names = (
            name for cells in self._cells.values() for name in cells if not name.startswith(ADDED)
        )
        self.header = [*dict.fromkeys([*declared, *names])]

    def rows(self, encoding: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the id and the cells of each object."""
        for place, cells in self._cells.items():
            yield place, [cells.get(name, "") for name in self.header]

    def lists(self) -> Iterator[str]:
        """Yield the names of lists in the objects."""
        for one in self.objects.values():
            for name, value in one.items():
                if isinstance(value, list) and not name.startswith(ADDED):
                    yield name


@dataclass
class ObjectFile(ReadFile):
    """Objects of one kind as a conversion reads them: `billing.city` is also `billing_city`."""

    table: ObjectRows
    layout: ApiLayout

    @property
    def index(self) -> dict[str, int]:
        """The positions of names in lower case, of names within names also joined by `_`."""
        found = super().index
        return {name.replace(".", "_"): at for name, at in found.items()} | found

    def object_of(self, row: SourceRow) -> ShopObject:
        """Return the object that a row was made of."""
        return self.table.objects[row.place]

    def element(self, row: SourceRow, name: str, one: Mapping[str, Any]) -> SourceRow:
        """Return an element of the list `name` of an object as a row of its own."""
        cells = {f"{name}.{key}": text(value) for key, value in one.items()}
        index = {key: at for at, key in enumerate(cells)}
        return SourceRow(row.file, row.place, [*cells.values()], index)


def object_file(
    platform: ApiPlatform, kind: str, objects: Sequence[ShopObject], plan: ImportPlan
) -> ObjectFile:
    """Return objects as a file, with the entry of their kind in the plan."""
    layout = platform.layout(kind)
    table = ObjectRows(layout, objects)
    entry = next((one for one in plan.recognised if one.path == kind), None)
    if entry is None:
        entry = RecognisedFile(kind, layout.name, ENCODING, "")
        plan.recognised.append(entry)
    used = layout.used(table.header)
    known = {*used, *(name.partition(".")[0] for name in used)}
    others = (name for name in [*table.header, *table.lists()] if name not in known)
    entry.columns_used = [*dict.fromkeys([*entry.columns_used, *used])]
    entry.columns_not_used = [*dict.fromkeys([*entry.columns_not_used, *others])]
    return ObjectFile(0, table, layout, entry, ENCODING)
