"""Layouts of files: how to recognise each, and the mapping of its columns, row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.registries import Registry
from customers.imports.further_files import all_tables
from customers.imports.problems import reason_in_file
from customers.imports.refused_rows import HEADER as REFUSED_ROWS

if TYPE_CHECKING:
    from integrations.shops.converting.conversion import Conversion

READS = gettext_lazy(
    "“Bring your shop” reads what Shopify, WooCommerce and Magento export, and lists of orders of"
    " any other shop once you say what their columns mean."
)
# A sheet of a book, as `find_tables` calls it.
SHEET = ".xlsx/"
# The least share of a layout's columns with which an unknown file counts as meant for it.
ALIKE = 0.5
# Stands for any text in the name of a declared column that is several columns of a file.
ANY = "*"
# Our tables that are made of one column of another table.
FROM_COLUMN = {
    "websites": "customers.website",
    "stores": "customers.store",
    "categories": "products.categories",
    "customer_groups": "customers.group",
    "product_attributes": "products.attributes.*",
    "customer_attributes": "customers.attributes.*",
}


class SourceRow:
    """A row of a file: cells by their column's name in lower case, empty where there is none."""

    __slots__ = ("cells", "file", "index", "place")

    def __init__(self, file: int, place: int, cells: list[str], index: dict[str, int]) -> None:
        self.file, self.place, self.cells, self.index = file, place, cells, index

    def __getitem__(self, column: str) -> str:
        at = self.index.get(column)
        return "" if at is None else self.cells[at]

    def first(self, columns: Iterable[str]) -> str:
        """Return the first cell of `columns` that is not empty."""
        for column in columns:
            at = self.index.get(column)
            if at is not None and (cell := self.cells[at]):
                return cell
        return ""


Read = Callable[[SourceRow], str]


@dataclass(frozen=True)
class MappedColumn:
    """The mapping of columns of a file to a column of ours.

    `ours` is TABLE.COLUMN of our files. `source` are names of columns, the older or second-best
    ones last; without `read`, the first of them that is in the file is taken as it is. `rule`
    explains `read` in words. Names with `*` stand for all columns that begin or end so.
    """

    ours: str
    source: tuple[str, ...]
    rule: str = ""
    read: Read | None = None

    @property
    def table(self) -> str:
        """The name of our file."""
        return self.ours.partition(".")[0]

    @property
    def column(self) -> str:
        """The column of our file."""
        return self.ours.partition(".")[2]

    def names(self, column: str) -> bool:
        """Return whether `column` is one of the file's columns that are meant."""
        lower = column.lower()
        return any(_fits(lower, name.lower()) for name in self.source)

    def position(self, index: Mapping[str, int]) -> int:
        """Return where the cell stands in the rows of a file that has the columns `index`."""
        name = next((one for one in self.source if one.lower() in index), self.source[0])
        return index[name.lower()]


class RowReader:
    """Reads the declared columns of one of our files from a row of a file."""

    def __init__(self, columns: Iterable[MappedColumn], index: Mapping[str, int]) -> None:
        taken: dict[str, int] = {}
        self._computed: list[tuple[str, Read]] = []
        for one in columns:
            if one.read is None:
                taken[one.column] = one.position(index)
            else:
                self._computed.append((one.column, one.read))
        self._names = tuple(taken)
        # A getter of one item returns no tuple: it gets one item more.
        self._cells = itemgetter(*taken.values(), -1) if taken else None

    def __call__(self, row: SourceRow) -> dict[str, str]:
        """Return the values by column."""
        cells = self._cells(row.cells) if self._cells else ()
        values = dict(zip(self._names, cells, strict=False))
        for column, read in self._computed:
            values[column] = read(row)
        return values


@dataclass(frozen=True)
class Layout:
    """A kind of file. Each of `signatures` is a set of columns by which it is recognised."""

    name: str
    signatures: tuple[tuple[str, ...], ...]
    columns: tuple[MappedColumn, ...] = ()
    # A sentence for the plan where nothing is imported, or the reason of a refusal.
    ignored: str = ""
    refused: str = ""
    # Columns that are read but become no column of their own.
    helpers: tuple[str, ...] = field(default=())

    @property
    def family(self) -> str:
        """The platform: files of one import are of one family."""
        return self.name.partition(".")[0]

    def is_of(self, header: Collection[str]) -> bool:
        """Return whether a file with these columns, in lower case, has this layout."""
        return any(all(name.lower() in header for name in names) for names in self.signatures)

    def missing(self, header: Collection[str]) -> list[str]:
        """Return the columns that the most similar signature has and the header lacks."""
        return min(
            ([name for name in names if name.lower() not in header] for names in self.signatures),
            key=len,
        )

    def similarity(self, header: Collection[str]) -> float:
        """Return which part of a signature's columns the header has at best, 0 to 1."""
        return max(
            sum(name.lower() in header for name in names) / len(names) for names in self.signatures
        )

    def takes_columns(self, header: Sequence[str]) -> bool:
        """Return whether columns that a person chooses count for a file, which is the only one."""
        return True

    def is_named(self, header: Collection[str], columns: Mapping[str, Any]) -> bool:
        """Return whether `columns`, which a person gave, say that a file has this layout."""
        return False

    def roles(self, header: Sequence[str]) -> dict[str, str]:
        """Return the columns of a header by the roles that their names fit, one each."""
        return {}

    def proposed(self, header: Sequence[str]) -> dict[str, str]:
        """Return the columns by the roles that their names suggest, for a person to confirm."""
        return {}

    def contested(self, header: Sequence[str]) -> dict[str, list[str]]:
        """Return the columns of a header by what several of them may mean.

        Empty where the file would not have this layout either if one of them counted.
        """
        return {}

    def used(self, header: Sequence[str], columns: Mapping[str, Any] | None = None) -> list[str]:
        """Return the columns of the header that something is made of.

        `columns` are those that a person named.
        """
        helpers = MappedColumn("", self.helpers)
        return [
            name
            for name in header
            if helpers.names(name) or any(one.names(name) for one in self.columns)
        ]

    def sources_of(self, ours: str, header: Sequence[str], columns: Mapping[str, Any]) -> list[str]:
        """Return the columns of the header that TABLE.COLUMN of our files is made of.

        `columns` are those that a person named.
        """
        table, _dot, column = ours.partition(".")
        single = {part: MappedColumn("", (part,)) for one in self.columns for part in one.source}
        for name in (ours, *_related(table, column)):
            parts = [part for one in self.columns if one.ours == name for part in one.source]
            written = (one for part in parts for one in header if single[part].names(one))
            if found := [*dict.fromkeys(written)]:
                return found
        return []

    def mapping(self, table: str, headers: Iterable[Sequence[str]]) -> list[MappedColumn]:
        """Return what is declared for one of our files and stands in any of the headers."""
        found = [name for header in headers for name in header]
        return [one for one in self.columns if one.table == table and any(map(one.names, found))]


@dataclass(frozen=True)
class ExportGuide:
    """How a merchant gets the files out of a shop: a step for each kind of file."""

    shop: str | Promise
    steps: tuple[str | Promise, ...]


@dataclass(frozen=True)
class ColumnRoles:
    """What a person may choose columns for: the labels of the roles by their names in `--columns`.

    Columns of the `needed` roles, of one of `owner` and of one of `product` are chosen at least.
    `date_format` is the name in `--columns` of the format of dates, `hints` are sentences about
    roles by their names.
    """

    labels: Mapping[str, str]
    needed: tuple[str, ...]
    owner: tuple[str, ...]
    product: tuple[str, ...]
    date_format: str
    hints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Platform:
    """A family of layouts.

    `source_of` returns the name under which the ids in files with these headers mean the same
    things. `convert` writes our files.
    """

    name: str
    title: str
    source_of: Callable[[Sequence[Sequence[str]]], str]
    layouts: tuple[Layout, ...]
    convert: Callable[[Conversion], None]
    # Whether the files state the website of each customer.
    knows_websites: bool = False
    guides: tuple[ExportGuide, ...] = ()
    # What a person may name by `--columns`.
    named: tuple[str, ...] = ()
    # The roles among them for which the page offers the columns of a file.
    roles: ColumnRoles | None = None


PLATFORMS: Registry[Platform] = Registry("platform of shops")


def all_layouts() -> list[Layout]:
    """Return the layouts of all platforms; where several fit, the first counts."""
    return [layout for platform in PLATFORMS for layout in platform.layouts]


def recognise(header: Sequence[str], columns: Mapping[str, Any] | None = None) -> Layout | None:
    """Return the layout of a file with this header row; None where it has none.

    A layout that `columns`, which a person gave, mean comes first.
    """
    names = {name.lower() for name in header}
    named = (layout for layout in all_layouts() if layout.is_named(names, columns or {}))
    if found := next(named, None):
        return found
    return next((layout for layout in all_layouts() if layout.is_of(names)), None)


def contested_columns(header: Sequence[str]) -> dict[str, list[str]]:
    """Return the columns by what several of them may mean, where that hides the file's layout."""
    if file_of_ours(header):
        return {}
    found = (layout.contested(header) for layout in all_layouts())
    return next(filter(None, found), {})


def contested_sentence(role: str, columns: Iterable[str]) -> str:
    """Return the sentence that several columns fit a role."""
    names = ", ".join(f"“{name}”" for name in columns)
    text = _("{columns} all say the {role}: keep one of these columns, or name one with --columns")
    return text.format(columns=names, role=role)


def file_of_ours(header: Sequence[str]) -> str:
    """Return the name of the file of ours that has these columns; "" for none."""
    names = {name.lower() for name in header}
    fitting = (one for one in all_tables() if {*one.required} <= names <= {*one.columns})
    return next((table.file for table in fitting), "")


def nearest_layout(path: str, header: Sequence[str]) -> str:
    """Return a sentence that says of what layout the unknown file `path` would nearly be."""
    names = {name.lower() for name in header}
    if not names:
        return reason_in_file("no_header", "")
    if names == {*REFUSED_ROWS}:
        return _(
            "it is the list of refused rows: correct them in the files of your shop and upload"
            " those again"
        )
    if file := file_of_ours(header):
        if SHEET in path:
            return _("its columns are those of {file}: save the sheet as {file}").format(file=file)
        return _("its columns are those of {file}: call it so").format(file=file)
    best = max(all_layouts(), key=lambda layout: layout.similarity(names))
    if best.similarity(names) < ALIKE:
        return " ".join([_("its columns are of no known export."), str(READS)])
    lacking = ", ".join(f"“{name}”" for name in best.missing(names))
    sentence = _("its columns are of no known export; for {layout} it lacks {columns}")
    return sentence.format(layout=best.name, columns=lacking)


def _related(table: str, column: str) -> Iterator[str]:
    """Yield the declared columns of ours that have the cells of a column that is not declared."""
    if column.startswith("attributes."):
        yield f"{table}.attributes.*"
    if table == "addresses":
        part = column.removesuffix("_code")
        yield from (f"orders.{kind}_{part}" for kind in ("billing", "shipping"))
    if column == "customer" or (table, column) == ("customers", "id"):
        yield from ("customers.id", "orders.customer")
    if column == "order":
        yield "orders.number"
    if table in FROM_COLUMN:
        yield FROM_COLUMN[table]
    yield f"{table}.*"


def _fits(column: str, name: str) -> bool:
    return fnmatchcase(column, name) if ANY in name else column == name
