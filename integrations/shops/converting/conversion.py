"""One conversion: files of a platform in, our own files out, with what both have to remember."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.text.folding import folded_address
from core.text.sentences import Sentence
from customers.guests import guest_number
from customers.imports.plan import ImportPlan, RecognisedFile
from customers.imports.problems import (
    REPORTED_AT_MOST,
    BadCell,
    BrokenFile,
    ImportProblem,
    shorten_cell,
)
from customers.imports.run import OnProgress
from customers.imports.staging.cells import BOOLEANS
from customers.models.identity.newsletter import (
    UNDATED,
    NewsletterSubscription,
    SubscriptionStatus,
)
from customers.privacy.erased import ErasedNumbers
from integrations.shops.converting.output import OutputTable
from integrations.shops.converting.scratch import Scratch
from integrations.shops.files.layouts import (
    Layout,
    Read,
    RowReader,
    SourceRow,
    contested_sentence,
)
from integrations.shops.files.source_places import SourceProblem, note_problem
from integrations.shops.files.values import ZERO_DATE, is_currency, utc_text

# Size of the in-memory cache of SKUs; other SKUs are looked up in the scratch file.
RECENT = 20_000
# Stands for the codes of a guest's website and store that have the prefix of their source already.
AS_STORED = "as stored"
# The codes of problems that are solved by choosing columns, and the format of their dates.
ASK_COLUMNS, BAD_DATE = "ask_columns", "date_format"
# The code of the problem that a file is not recognised whose columns a person may choose.
UNKNOWN_COLUMNS = "unknown_columns_of_file"
# The code of the warning that numbers of customers are e-mail addresses.
LOOKS_LIKE_EMAIL = "numbers_like_emails"
# The places of products by their SKUs.
PRODUCT_ROW = "product row"
# Rows between two reports of progress.
BLOCK = 1_000


@dataclass(frozen=True)
class ConversionOptions:
    """The options of an import that its user has chosen."""

    rates: Mapping[str, str]
    zone: tzinfo | None
    # Whether an order without an account belongs to the account with the order's e-mail.
    matches_guests: bool
    prefix: str
    # Whether customers who accept marketing become subscribers of the default store's newsletter.
    subscribes: bool
    # Our names, such as of customer groups, by the names in the files.
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class WordedProblem(ImportProblem):
    """A problem of another shop's file in words of its own: `value`, or a `sentence`.

    A sentence is translated to the language of its reader.
    """

    sentence: Sentence | None = None

    @property
    def message(self) -> str:
        return self.value if self.sentence is None else str(self.sentence)


def note_contested(plan: ImportPlan, path: str, role: str, columns: Sequence[str]) -> WordedProblem:
    """Note the columns of a file that fit one role for the page, and return the problem."""
    noted = plan.contested.setdefault(role, [])
    noted.extend(name for name in columns if name not in noted)
    return WordedProblem(path, None, "", ASK_COLUMNS, contested_sentence(role, columns))


class NumberedRows(Protocol):
    """A file, or the rows of a database: a name, the columns, and rows with their places."""

    @property
    def path(self) -> str: ...
    @property
    def header(self) -> Sequence[str]: ...
    def rows(self, encoding: str) -> Iterator[tuple[int, list[str]]]: ...


@dataclass
class ReadFile:
    """A recognised file: its place among the files, its layout, its entry in the plan."""

    number: int
    table: NumberedRows
    layout: Layout
    entry: RecognisedFile
    encoding: str

    @property
    def index(self) -> dict[str, int]:
        """The positions of columns by their names in lower case; of two, the first."""
        header = self.table.header
        return {header[at].lower(): at for at in reversed(range(len(header))) if header[at]}


@dataclass(frozen=True)
class GuestOrder:
    """An order, as far as a guest is known by it.

    `first` is what counts of the earliest order, `person` of the latest; `addresses` are those of
    the latest one, billing first.
    """

    at: str
    number: str
    first: Mapping[str, str]
    person: Mapping[str, str]
    billing: Mapping[str, str]
    shipping: Mapping[str, str]


def _unsubscribed_mailboxes() -> frozenset[str]:
    rows = NewsletterSubscription.objects.filter(status=SubscriptionStatus.UNSUBSCRIBED)
    return frozenset(["", *rows.values_list("customer__mailbox", flat=True)])


class Conversion:
    """Files of one platform on their way to our own files in `folder`."""

    def __init__(
        self,
        files: list[ReadFile],
        plan: ImportPlan,
        options: ConversionOptions,
        folder: Path,
        progress: OnProgress | None = None,
    ) -> None:
        self.files, self.plan, self.options, self.folder = files, plan, options, folder
        self._progress = progress
        self.scratch = Scratch(folder)
        self._erased = ErasedNumbers()
        self.problems: list[ImportProblem] = []
        self.problem_count = 0
        # The file and the place of the latest row with a problem.
        self._refused_place: tuple[int, int] | None = None
        self.tables: dict[str, OutputTable] = {}
        # How many customers accept marketing.
        self._accepting = 0
        # The mailboxes that have unsubscribed from the newsletter of any store: they stay so.
        self._unsubscribed = _unsubscribed_mailboxes() if options.subscribes else frozenset()
        # The SKUs of earlier blocks of the same run, each with its product's place.
        self.earlier_skus: Scratch | None = None
        # SKUs of lines that need not be noted again.
        self._recent: set[str] = set()

    def of_layouts(self, *names: str) -> list[ReadFile]:
        """Return the files of these layouts, in the order in which they count."""
        return [file for file in self.files if file.layout.name in names]

    def open_table(
        self, table: str, files: Sequence[ReadFile], derived: Sequence[str] = ()
    ) -> OutputTable:
        """Open our file `table`: the declared columns that any of `files` has, and `derived`."""
        columns: dict[str, None] = {}
        for file in files:
            for one in file.layout.mapping(table, [file.table.header]):
                if one.column and "*" not in one.column:
                    columns[one.column] = None
        columns.update(dict.fromkeys(derived))
        found = OutputTable(self.folder, table, list(columns), self.options.prefix)
        self.tables[table] = found
        return found

    def reader(self, file: ReadFile, table: str) -> RowReader:
        """Return what reads the declared columns of our file `table` from the rows of a file."""
        declared = file.layout.mapping(table, [file.table.header])
        return RowReader([one for one in declared if "*" not in one.column], file.index)

    def readers(self, files: Iterable[ReadFile], table: str) -> dict[int, RowReader]:
        """Return the `reader` of each file by the file's number."""
        return {file.number: self.reader(file, table) for file in files}

    def rows(self, file: ReadFile, *, is_noted: bool = True) -> Iterator[SourceRow]:
        """Yield the rows of a file that have as many cells as the header.

        Rows are counted, and the others noted, unless the file is read once more (`is_noted`).
        """
        width, index = len(file.table.header), file.index
        try:
            for number, (place, cells) in enumerate(file.table.rows(file.encoding), 1):
                file.entry.rows += is_noted
                if self._progress and not number % BLOCK:
                    self._progress(file.table.path, number, 0)
                if len(cells) == width:
                    yield SourceRow(file.number, place, cells, index)
                    continue
                if not is_noted:
                    continue
                code = "short_row" if len(cells) < width else "long_row"
                self._add(ImportProblem(file.table.path, place, "", code))
        except BrokenFile as error:
            if is_noted:
                for problem in error.problems:
                    self._add(problem)

    def last_rows(self, files: Sequence[ReadFile], kind: str, key: Read) -> Iterator[SourceRow]:
        """Yield the rows of several files, of a key that stands in several only the last file's.

        A row without a key belongs to the row above.
        """
        if len(files) == 1:
            yield from self.rows(files[0])
            return
        for file in files:
            for row in self.rows(file, is_noted=False):
                if found := key(row):
                    self.scratch.note_place(f"last {kind}", found, file.number, row.place)
        if count := self.scratch.count_in_several_files(f"last {kind}"):
            self.plan.warn(
                "in_several_files" if kind == "orders" else f"{kind}_in_several_files",
                gettext_noop("{kind} stand in several files; the last one counts"),
                count,
                kind=Sentence(kind, {}),
            )
        for file in files:
            counts = True
            for row in self.rows(file):
                if found := key(row):
                    place = self.scratch.place(f"last {kind}", found)
                    counts = place is not None and place[0] == file.number
                if counts:
                    yield row
                else:
                    file.entry.left_out += 1

    def leave_out(self, row: SourceRow, what: str, why: str) -> None:
        """Count a row of a file that is left out as one of `what`, both msgids."""
        self.plan.left_out[what, why] += 1
        self.files[row.file].entry.left_out += 1

    def refuse(self, row: SourceRow, column: str, message: str | Sentence, code: str = "") -> None:
        """Note a problem of a row in words; a sentence is translated for its readers."""
        path = self.files[row.file].table.path
        place = (path, row.place, self._written(row, column), code)
        if isinstance(message, Sentence):
            problem = WordedProblem(*place, sentence=message)
        else:
            problem = WordedProblem(*place, message)
        self._add(problem, row)

    def has_refused(self, row: SourceRow) -> bool:
        """Return whether the latest problem is of this row."""
        return self._refused_place == (row.file, row.place)

    def refuse_file(self, file: ReadFile, message: str) -> None:
        """Note a problem of a whole file in words."""
        self._add(WordedProblem(file.table.path, None, "", "", message))

    def refuse_contested(self, file: ReadFile, role: str, columns: Sequence[str]) -> None:
        """Note that several columns of a file fit a role, and for the page that it asks for one.

        Nobody can choose between columns of one name.
        """
        if len({name.lower() for name in columns}) == 1:
            self._add(ImportProblem(file.table.path, 1, columns[0], "column_twice"))
            return
        self._add(note_contested(self.plan, file.table.path, role, columns))

    def refuse_cell(self, row: SourceRow, column: str, code: str, value: str = "") -> None:
        """Note that a cell cannot be read."""
        path = self.files[row.file].table.path
        problem = ImportProblem(
            path, row.place, self._written(row, column), code, shorten_cell(value)
        )
        self._add(problem, row)

    def instant(self, row: SourceRow, column: str, *, is_utc: bool = False) -> str:
        """Return the time in a cell as UTC; "", after noting it, where the cell is none."""
        return self.instant_of(row[column], row, column, is_utc=is_utc)

    def required_instant(self, row: SourceRow, column: str, cell: str | None = None) -> str:
        """Return the time in a cell, or in `cell`, as `instant` does; note that there is none."""
        count = self.problem_count
        found = self.instant_of(row[column] if cell is None else cell, row, column)
        if not found and self.problem_count == count:
            self.refuse_cell(row, column, "missing")
        return found

    def instant_of(self, cell: str, row: SourceRow, column: str, *, is_utc: bool = False) -> str:
        """Return the time `cell`, which is a part of a cell, as `instant` does."""
        # MySQL's zero dates, which stand in exports, too, are missing.
        if not cell or cell.startswith(ZERO_DATE):
            return ""
        try:
            return utc_text(cell, UTC if is_utc else self.options.zone)
        except BadCell as error:
            if error.code == "no_zone":
                sentence = _('"{value}" has no offset: say its zone with --timezone')
                self.plan.unzoned += 1
                self.refuse(row, column, sentence.format(value=shorten_cell(cell)), "ask_zone")
            else:
                self.refuse_cell(row, column, error.code, cell)
            return ""

    def rate(self, row: SourceRow, column: str, *, orders: int = 1) -> str:
        """Return how many units of the currency in a cell one unit of the base currency is.

        An unknown one refuses the import in the end, which says how many `orders` have it.
        """
        currency = row[column]
        if not currency or currency == settings.BASE_CURRENCY:
            return "1"
        rate = self.options.rates.get(currency)
        if rate is None and not is_currency(currency):
            self.refuse_cell(row, column, "currency", currency)
            return "1"
        if rate is None:
            self.plan.unrated[currency] += orders
            return "1"
        self.plan.rates[currency] = rate
        return rate

    def customer_of(
        self,
        *,
        account: str = "",
        email: str = "",
        phone: str = "",
        website: str | None = None,
        order: Callable[[], GuestOrder],
        row: SourceRow,
        rank: int = 0,
    ) -> str:
        """Return the owner of an order: an account, a guest, who is noted with it, or none ("").

        `rank` is that of `Scratch.add_guest_order`.
        """
        if account and self.scratch.has_account(account):
            return account
        email = email.strip()
        if self.options.matches_guests:
            found = (
                self.scratch.account_by_email(email, website)
                if email
                else self.scratch.account_by_phone(phone)
            )
            if found:
                return found
        if not email:
            return ""
        facts = order()
        last = {
            "person": {**facts.person, "email": email},
            "billing": dict(facts.billing),
            "shipping": dict(facts.shipping),
            "origin": [row.file, row.place],
        }
        self.scratch.add_guest_order(email, facts.at, facts.number, dict(facts.first), last, rank)
        return guest_number(email)

    def is_erased(self, email: str) -> bool:
        """Return whether what comes for this e-mail address is left out."""
        return bool(self._erased) and bool(email) and guest_number(email) in self._erased

    def write_account(
        self, customers: OutputTable, values: Mapping[str, str], row: SourceRow
    ) -> bool:
        """Write a registered customer; return whether they count.

        A customer whose e-mail address was erased is left out. Values for which the file has no
        column stay as they are stored.
        """
        if self.is_erased(values.get("email", "")):
            self.plan.left_out["customers", gettext_noop("erased")] += 1
            return False
        number = values.get("id", "")
        stored = self.scratch.stored(number)
        kept = {column: stored[column] for column in stored if column in customers.columns}
        known = {"kind": "registered", **kept, **values}
        self._write_customer(customers, known, row.file, row.place)
        return bool(number)

    def write_guests(
        self,
        customers: OutputTable,
        addresses: OutputTable,
        more: Callable[[str], Mapping[str, str]] = lambda number: {},
    ) -> None:
        """Write the guests of the orders, each with the addresses of the latest one.

        `more` returns what else is known of the guest with a number.
        """
        for guest in self.scratch.guests():
            number = guest_number(guest.email)
            # Files may begin after the guest's first order.
            first_at = self.scratch.stored(number)["registered_at"] or guest.first_at
            file, place = guest.last["origin"]
            stored_codes = guest.first.pop(AS_STORED, {})
            values = {
                "id": number,
                "kind": "guest",
                "registered_at": min(first_at, guest.first_at),
                **guest.first,
                **guest.last["person"],
                **more(number),
            }
            self._write_customer(customers, values, file, place, stored_codes)
            self.plan.derived["guests"] += 1
            for address in merged_addresses(guest.last["billing"], guest.last["shipping"]):
                addresses.write({"customer": number, **address}, file, place)

    def _write_customer(
        self,
        customers: OutputTable,
        values: Mapping[str, str],
        file: int,
        place: int,
        stored_codes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        customers.write(values, file, place, stored_codes)
        if "accepts_marketing" not in customers.columns:
            return
        accepts = BOOLEANS.get(values.get("accepts_marketing", "").lower())
        self.plan.consents[{True: "yes", False: "no", None: "unknown"}[accepts]] += 1
        self._accepting += bool(accepts)
        mailbox = folded_address(values.get("email", ""))
        if accepts and self.options.subscribes and mailbox not in self._unsubscribed:
            self._subscribe(values["id"], file, place)

    def _subscribe(self, number: str, file: int, place: int) -> None:
        """Write a subscription to the newsletter of the default store.

        The files do not say when the customer consented: the consent is older than every refusal
        that is known, so that none is undone.
        """
        name = "newsletter_subscriptions"
        if name not in self.tables:
            self.open_table(name, [], ("customer", "status", "status_changed_at"))
        self.tables[name].write(
            {
                "customer": number,
                "status": SubscriptionStatus.SUBSCRIBED.value,
                "status_changed_at": UNDATED.isoformat(),
            },
            file,
            place,
        )

    def warn_of_status(self) -> None:
        """Count an order whose status no table has: its state is `processing`."""
        self.plan.warn(
            "unknown_status",
            gettext_noop("orders have a status that is not known; their state is processing"),
        )

    def note_line_sku(self, sku: str) -> None:
        """Remember that a line names this SKU."""
        if sku and sku not in self._recent:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            self._recent.add(sku)
            self.scratch.add_name("sku of a line", sku)

    def note_product(self, sku: str) -> None:
        """Remember that the files describe the product with this SKU."""
        self.scratch.add_name("product", sku)

    def write_product(
        self, products: OutputTable, values: Mapping[str, str], row: SourceRow
    ) -> None:
        """Write a product, unless an earlier one of these files has its SKU, which then counts.

        Shops let several variants share a SKU; a SKU is one product here.
        """
        sku = values["sku"]
        if sku and self._is_taken(sku, str(row.place)):
            self.plan.warn(
                "shared_skus",
                gettext_noop(
                    "products share the SKU of an earlier one, which counts: a SKU is one product"
                ),
            )
            return
        self.note_product(sku)
        products.write(values, row.file, row.place)

    def _is_taken(self, sku: str, place: str) -> bool:
        """Return whether an earlier product has this SKU; if not, note it as that of `place`."""
        if not self.scratch.add_name(PRODUCT_ROW, sku, place):
            return True
        earlier = self.earlier_skus.name(PRODUCT_ROW, sku) if self.earlier_skus else None
        return earlier not in (None, place)

    def note_stored_products(self, refused: Collection[str]) -> None:
        """Note the SKUs of this block for the next ones, but those at the places `refused`."""
        assert self.earlier_skus is not None
        for sku, place in self.scratch.names(PRODUCT_ROW):
            if place not in refused:
                self.earlier_skus.add_name(PRODUCT_ROW, sku, place)

    def close(self) -> None:
        """Finish our files; count the products that only lines name. Files of no rows go."""
        count = self.scratch.count_lacking("sku of a line", "product")
        if count:
            self.plan.derived["products_from_lines"] = count
        subscriptions = self.tables.get("newsletter_subscriptions")
        if self._accepting and not (subscriptions and subscriptions.count):
            text = gettext_noop(
                "{count} customers accept marketing, but mail goes only to subscribers of a"
                " newsletter, and these files name none: have the import subscribe them."
            )
            self.plan.note(text, count=self._accepting)
        self.release_files()
        for name, table in self.tables.items():
            if not table.count:
                (self.folder / f"{name}.csv").unlink()

    def release_files(self) -> None:
        """Close the files that are written."""
        for table in self.tables.values():
            table.close()

    def release(self) -> None:
        """Give back all that is open."""
        self.release_files()
        self.scratch.close()

    def locate(self, problem: ImportProblem) -> ImportProblem:
        """Return a problem of one of our files as a problem of the file that it came from."""
        name = problem.file.removesuffix(".csv")
        table = self.tables.get(name)
        origin = table.origin(problem.line) if table and problem.line is not None else None
        if origin is None:
            return problem
        file = self.files[origin[0]]
        ours = f"{name}.{problem.column}"
        columns = file.layout.sources_of(ours, file.table.header, self.options.columns)
        return SourceProblem(
            file.table.path,
            origin[1],
            columns[0] if columns else problem.column,
            problem.code,
            problem.value,
            columns,
        )

    def _written(self, row: SourceRow, column: str) -> str:
        """Return a column's name as the file writes it."""
        at = row.index.get(column)
        return column if at is None else self.files[row.file].table.header[at]

    def _add(self, problem: ImportProblem, row: SourceRow | None = None) -> None:
        if row is not None:
            self._refused_place = row.file, row.place
        self.problem_count += 1
        self.plan.unread += 1
        note_problem(self, problem)
        if len(self.problems) < REPORTED_AT_MOST:
            self.problems.append(problem)


def merged_addresses(
    billing: Mapping[str, str], shipping: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Yield the addresses that say where: billing and shipping, or one that is both."""
    marks = ("is_default_billing", "is_default_shipping")
    found = [
        (dict(address), mark)
        for address, mark in zip((billing, shipping), marks, strict=True)
        if any(address.get(column) for column in ("street", "city", "postcode"))
    ]
    if len(found) == 2 and found[0][0] == found[1][0]:
        yield {**found[0][0], **dict.fromkeys(marks, "true")}
        return
    for address, mark in found:
        yield {**address, **dict.fromkeys(marks, "false"), mark: "true"}
