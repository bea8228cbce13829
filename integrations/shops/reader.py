"""The reader of other systems' files, as `import_shop` calls it."""

import argparse
import json
import re
import zoneinfo
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from core.text.sentences import Sentence
from customers.imports.further_files import all_tables
from customers.imports.plan import ImportPlan, RecognisedFile
from customers.imports.problems import (
    REPORTED_AT_MOST,
    BadCell,
    BrokenFile,
    ImportProblem,
    ImportRefused,
)
from customers.imports.readers import ConvertedShop, ShopReader, UploadPage
from customers.imports.report import ImportReport
from customers.imports.run import OnProgress, without_collecting
from customers.imports.staging import cells
from customers.imports.staging.source_files import plain_name
from customers.snapshots.scratch import scratch
from integrations.shops.converting.conversion import (
    UNKNOWN_COLUMNS,
    Conversion,
    ConversionOptions,
    ReadFile,
    WordedProblem,
    note_contested,
)
from integrations.shops.converting.refunds import delete_absent_refunds, has_all_refunds
from integrations.shops.converting.websites import stored_zone, write_default_website
from integrations.shops.files.layouts import (
    PLATFORMS,
    READS,
    Layout,
    Platform,
    all_layouts,
    contested_columns,
    file_of_ours,
    nearest_layout,
    recognise,
)
from integrations.shops.files.source_places import (
    name_columns,
    note_refused_rows,
    write_refused_rows,
)
from integrations.shops.files.table_files import (
    SHOWN_ENCODINGS,
    FoundFiles,
    TableFile,
    find_tables,
    repeated_tables,
)
from integrations.shops.files.values import is_currency
from integrations.shops.models import LONGEST_NAME
from integrations.shops.sources import (
    ASK_PREFIX,
    IS_PREFIX,
    exclusive_run,
    load_stored_customers,
    merge_known_guests,
    note_source,
    prefix_of,
    refusal,
)

# Digits, signs, and the letters of a time such as 2026-01-02T03:04:05Z.
IS_NUMBER_OR_DATE = re.compile(r"(?=.*\d)(?:[\W\d_]|(?<=\d)[TZ])+").fullmatch
# The family of files of our own.
OURS = ""
GUEST_ORDERS = ("match", "separate")
# An order line has a customer, a date and a product.
LEAST_COLUMNS = 3
# So many rows of titles may stand above the headings of a file for the reason to say so.
MOST_TITLES = 10


def rate(text: str) -> tuple[str, str]:
    """Return currency and rate of a text such as `USD=1.08`; else raises ArgumentTypeError."""
    currency, _sign, number = text.partition("=")
    try:
        is_good = is_currency(currency) and cells.rate(number) > 0
    except BadCell:
        is_good = False
    if not is_good:
        raise argparse.ArgumentTypeError(
            _("“{text}” is not a rate such as USD=1.08").format(text=text)
        )
    return currency, number


def time_zone(text: str) -> str:
    """Return `text`, the name of an IANA time zone; raises ArgumentTypeError for another text."""
    if text not in zoneinfo.available_timezones():
        raise argparse.ArgumentTypeError(
            _("“{text}” is not a time zone such as Europe/Berlin").format(text=text)
        )
    return text


def prefix(text: str) -> str:
    """Return `text` if it has only letters, digits and `_`, or nothing; else ArgumentTypeError."""
    if not IS_PREFIX(text):
        raise argparse.ArgumentTypeError(
            _("“{text}” has other than letters, digits and _").format(text=text)
        )
    return text


def source_name(text: str) -> str:
    """Return `text` if it can name a source; else raises ArgumentTypeError."""
    if not (text.isprintable() and text.strip() and len(text) <= LONGEST_NAME):
        raise argparse.ArgumentTypeError(
            _("“{text}” is no name of 1 to {most} characters").format(text=text, most=LONGEST_NAME)
        )
    return text


def json_object(path: str) -> dict[str, Any]:
    """Return the object in a JSON file; raises ArgumentTypeError where the file has none."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not isinstance(found, dict):
        raise argparse.ArgumentTypeError(_("“{path}” has no JSON object").format(path=path))
    return found


def add_source_arguments(parser: CommandParser) -> None:
    """Add what a person may say about other systems' files and databases."""
    parser.add_argument(
        "--rate",
        type=rate,
        action="append",
        default=[],
        metavar="CUR=NUMBER",
        help=_("units of a currency for one unit of the base currency; may be repeated"),
    )
    parser.add_argument(
        "--timezone", type=time_zone, metavar="ZONE", help=_("the zone of times without offset")
    )
    parser.add_argument(
        "--source",
        type=source_name,
        metavar="NAME",
        help=_("the name under which identifiers mean the same things"),
    )
    parser.add_argument(
        "--prefix", type=prefix, metavar="P", help=_("what stands before a source's identifiers")
    )
    parser.add_argument(
        "--guest-orders",
        choices=GUEST_ORDERS,
        default=GUEST_ORDERS[0],
        help=_("whether orders without an account belong to the account with their e-mail address"),
    )


def add_arguments(parser: CommandParser) -> None:
    """Add what a person may say about other systems' files."""
    add_source_arguments(parser)
    parser.add_argument(
        "--subscribe-accepting",
        action="store_true",
        help=_(
            "subscribe customers who accept marketing to the newsletter of the default store,"
            " unless they have unsubscribed from the newsletter of any store"
        ),
    )
    parser.add_argument("--as", dest="layout", metavar="LAYOUT", help=_("what the files are"))
    parser.add_argument(
        "--columns", type=json_object, metavar="FILE", help=_("JSON that says what columns mean")
    )


@contextmanager
def open_files(
    paths: Sequence[Path],
    options: Mapping[str, Any],
    plan: ImportPlan,
    progress: OnProgress | None,
) -> Iterator[ConvertedShop | None]:
    """Yield the files of a known platform as our own; None where they are files of our own.

    Raises ImportRefused where none is recognised, or files of two platforms are.
    """
    with scratch("bring-your-shop") as folder:
        found = find_tables(paths, folder)
        plan.unrecognised.update(found.others)
        layouts = {one.path: _layout_of(one, options) for one in found.tables}
        _leave_out_repeated(found, layouts, plan)
        if not any(layouts.values()):
            if _has_own(paths, found.tables):
                yield None
                return
            _note_headers(found.tables, plan)
            _refuse_contested(found.tables, options, plan)
            plan.unrecognised.update(
                {one.path: _reason_of_unknown(one, options) for one in found.tables}
            )
            raise _unrecognised_files(plan)
        platform = _platform(layouts, found.tables)
        if platform.roles:
            known = [(one, layout) for one in found.tables if (layout := layouts[one.path])]
            if len(known) > 1 or known[0][1].takes_columns(known[0][0].header):
                _note_headers(found.tables, plan)
            unknown = [one for one in found.tables if layouts[one.path] is None]
            _refuse_contested(unknown, options, plan)
        _check_names(platform, options.get("columns") or {})
        plan.source = options.get("source") or platform.source_of(
            [one.header for one in found.tables if layouts[one.path] is not None]
        )
        with exclusive_run(plan.source):
            shop, conversion = _convert(found, layouts, platform, options, plan, folder, progress)
            with joined_problems(conversion, options):
                if plan.unzoned and not options.get("skip_bad_rows"):
                    # All else that is wrong with these times follows from that.
                    raise ImportRefused([], 0)
                yield shop


READER = ShopReader(
    "shops",
    add_arguments,
    open_files,
    UploadPage(
        "admin:shops_shopimport_changelist",
        gettext_lazy("Bring your shop"),
        READS,
    ),
)


@contextmanager
def joined_problems(conversion: Conversion, options: Mapping[str, Any]) -> Iterator[None]:
    """Report the problems of reading beside those of the import that is the block.

    The conversion is released in the end. Raises ImportRefused.
    """
    try:
        yield
    except ImportRefused as refused:
        raise ImportRefused(
            *_join_problems(conversion, refused.problems, refused.total)
        ) from refused
    finally:
        conversion.release()


def _join_problems(
    conversion: Conversion, problems: Sequence[ImportProblem], total: int
) -> tuple[list[ImportProblem], int]:
    """Return the first problems of reading and of the import, and how many there are of both."""
    found = [*conversion.problems, *name_columns(conversion, problems)]
    joined = [*{str(one): one for one in found}.values()]
    names = [file.table.path for file in conversion.files]
    joined.sort(key=lambda one: (names.index(one.file) if one.file in names else -1, one.line or 0))
    # Several rows of ours may come from one cell.
    count = conversion.problem_count + total - len(found) + len(joined)
    return joined[:REPORTED_AT_MOST], count


def _leave_out_repeated(
    found: FoundFiles, layouts: Mapping[str, Layout | None], plan: ImportPlan
) -> None:
    """Take out the recognised files whose rows stand in a later file, too, and note them."""
    repeated = repeated_tables([one for one in found.tables if layouts[one.path]])
    for path, other in repeated.items():
        reason = _("it has the same rows as {path}, which is read").format(path=other)
        plan.unrecognised[path] = reason
    found.tables[:] = [one for one in found.tables if one.path not in repeated]


def _layout_of(table: TableFile, options: Mapping[str, Any]) -> Layout | None:
    wanted = options.get("layout")
    if wanted is None:
        return recognise(table.header, options.get("columns"))
    found = next((one for one in all_layouts() if one.name == wanted), None)
    if found is None:
        names = ", ".join(sorted(one.name for one in all_layouts()))
        raise refusal(
            gettext_noop("“{wanted}” is no layout; there are {names}"), wanted=wanted, names=names
        )
    return found


def _reason_of_unknown(table: TableFile, options: Mapping[str, Any]) -> str:
    """Return why a file is not recognised: also where titles stand above its headings."""
    with suppress(BrokenFile):
        for place, cells in islice(table.rows(table.find_encoding()), MOST_TITLES):
            if recognise([cell.strip() for cell in cells], options.get("columns")):
                text = _("its headings stand in row {row}: delete the rows above them")
                return text.format(row=place)
    return nearest_layout(table.path, table.header)


def _check_names(platform: Platform, columns: Mapping[str, Any]) -> None:
    """Raise ImportRefused where `columns` name what the platform does not ask for."""
    for name in columns:
        if name not in platform.named:
            message = gettext_noop("“{name}” is unknown; for {platform} the file may name: {names}")
            names = ", ".join(platform.named) or "-"
            title = Sentence(platform.title, {})
            raise refusal(message, "--columns", name=name, platform=title, names=names)


def _note_headers(tables: Sequence[TableFile], plan: ImportPlan) -> None:
    """Note the headers of files that have columns enough for a person to choose from.

    The first row of a file without a header is data of a customer, and is not kept.
    """
    for table in tables:
        if len(table.header) >= LEAST_COLUMNS and not any(map(_is_data, table.header)):
            plan.headers[table.path] = [name for name in table.header if name]


def _is_data(cell: str) -> bool:
    """Return whether a cell is no name of a column: an address of mail, a number or a date."""
    return "@" in cell or IS_NUMBER_OR_DATE(cell) is not None


def _refuse_contested(
    tables: Sequence[TableFile], options: Mapping[str, Any], plan: ImportPlan
) -> None:
    """Raise ImportRefused where several columns hide that a file is one of order lines.

    Columns that a person has chosen decide, the format of dates alone does not.
    """
    problems: list[ImportProblem] = []
    chosen = {"customer", "email"} & (options.get("columns") or {}).keys()
    for table in () if chosen else tables:
        found = [
            note_contested(plan, table.path, role, names)
            for role, names in contested_columns(table.header).items()
        ]
        if found:
            plan.unrecognised[table.path] = "; ".join(one.message for one in found)
        problems += found
    if problems:
        raise ImportRefused(problems[:REPORTED_AT_MOST], len(problems))


def _has_own(paths: Sequence[Path], tables: Sequence[TableFile]) -> bool:
    """Return whether a folder has a file of our own, or nothing that could be a table.

    A file that is merely called as one of ours, and has none of its columns, is no such file.
    """
    if len(paths) != 1 or not paths[0].is_dir():
        return False
    columns = {table.file: {*table.columns} for table in all_tables()}
    foreign = {
        name
        for one in tables
        if (name := plain_name(Path(one.path))) in columns
        # A single cell may be a line `sep=;`, which our own reader knows.
        and len(one.header) > 1
        and not columns[name].intersection(one.header)
        and not file_of_ours(one.header)
    }
    files = {plain_name(one) for one in paths[0].iterdir() if one.is_file()}
    return not files or bool(columns.keys() & files - foreign)


def _unknown_code(plan: ImportPlan, path: str) -> str:
    """Return the code of the problem that a file is like no export, but may be a list of orders."""
    is_unlike = plan.unrecognised[path].endswith(str(READS))
    return UNKNOWN_COLUMNS if is_unlike and path in plan.headers else ""


def _unrecognised_files(plan: ImportPlan) -> ImportRefused:
    problems: list[ImportProblem] = [
        WordedProblem(path, None, "", _unknown_code(plan, path), why)
        for path, why in plan.unrecognised.items()
    ]
    return ImportRefused(problems[:REPORTED_AT_MOST], len(problems))


def _convert(
    found: FoundFiles,
    layouts: Mapping[str, Layout | None],
    platform: Platform,
    options: Mapping[str, Any],
    plan: ImportPlan,
    folder: Path,
    progress: OnProgress | None,
) -> tuple[ConvertedShop, Conversion]:
    """Return the recognised files as our own, with the conversion that made them."""
    source = plan.source
    files: list[ReadFile] = []
    for table in found.tables:
        layout = layouts[table.path]
        if layout is None:
            plan.unrecognised[table.path] = _reason_of_unknown(table, options)
            continue
        if layout.refused:
            raise refusal(layout.refused, table.path)
        encoding = table.find_encoding()
        used = layout.used(table.header, options.get("columns"))
        _refuse_repeated_columns(table, used)
        entry = RecognisedFile(
            table.path,
            layout.name,
            SHOWN_ENCODINGS.get(encoding, encoding),
            table.delimiter,
            used,
            [name for name in table.header if name and name not in used],
        )
        plan.recognised.append(entry)
        files.append(ReadFile(len(files), table, layout, entry, encoding))
    start, unanswered = "", None
    try:
        start = prefix_of(source, options.get("prefix"))
    except ImportRefused as refused:
        if not options.get("dry_run") or refused.problems[0].code != ASK_PREFIX:
            raise
        # A plan goes on, to ask for rates and the time zone as well.
        unanswered = refused
    conversion = Conversion(files, plan, conversion_options(options, start), folder, progress)
    try:
        with without_collecting():
            _write_files(conversion, platform, options)
    except ImportRefused as refused:
        conversion.release()
        if unanswered is None:
            raise
        problems = [*unanswered.problems, *refused.problems]
        raise ImportRefused(problems, refused.total + 1) from None
    except BaseException:
        conversion.release()
        raise
    if unanswered is not None:
        with joined_problems(conversion, options):
            raise unanswered
    skips = bool(options.get("skip_bad_rows"))

    def finish(report: ImportReport) -> None:
        if conversion.problems and not skips:
            # Problems noted while reading are added where the import's own problems are added.
            raise ImportRefused([], 0)
        plan.problems, plan.problem_count = _join_problems(
            conversion, report.problems, report.problem_count
        )
        note_source(source, start)
        if has_all_refunds(report):
            delete_absent_refunds(conversion)
        if conversion.options.matches_guests:
            merged = merge_known_guests(conversion.scratch, start)
            if merged:
                plan.derived["guests_merged"] = merged

    def prepare() -> None:
        prefix_of(source, options.get("prefix"))

    def keep_refused(_noted: object, path: Path) -> None:
        write_refused_rows(conversion, (), path)

    shop = ConvertedShop(
        folder,
        conversion.locate,
        finish,
        keep_refused,
        prepare,
        partial(note_refused_rows, conversion),
    )
    return shop, conversion


def _refuse_repeated_columns(table: TableFile, used: Collection[str]) -> None:
    """Raise ImportRefused where the header has a used column twice: their cells may differ."""
    counts = Counter(name.lower() for name in table.header if name in used)
    problems = [
        ImportProblem(table.path, 1, name, "column_twice")
        for name in dict.fromkeys(table.header)
        if counts[name.lower()] > 1
    ]
    if problems:
        raise ImportRefused(problems[:REPORTED_AT_MOST], len(problems))


def _write_files(conversion: Conversion, platform: Platform, options: Mapping[str, Any]) -> None:
    """Write our files. Raises ImportRefused where rates are lacking."""
    load_stored_customers(conversion.scratch, conversion.options.prefix)
    for file in conversion.files:
        if file.layout.ignored:
            file.entry.rows = sum(1 for _row in file.table.rows(file.encoding))
            conversion.plan.left_out[file.layout.name, file.layout.ignored] += file.entry.rows
            file.entry.left_out = file.entry.rows
    if options.get("timezone"):
        conversion.plan.timezone = options["timezone"]
        if not platform.knows_websites:
            write_default_website(conversion, options["timezone"])
    platform.convert(conversion)
    conversion.close()
    refuse_lacking_rates(conversion)


def _platform(layouts: Mapping[str, Layout | None], tables: Sequence[TableFile]) -> Platform:
    """Return the platform of the recognised files.

    Raises ImportRefused for files of two platforms, and for files of our own among them.
    """
    names = {path: layout.family for path, layout in layouts.items() if layout is not None}
    for table in tables:
        own = file_of_ours(table.header)
        if layouts[table.path] is None and own and plain_name(Path(table.path)) == own:
            names[table.path] = OURS
    if len(set(names.values())) > 1:
        raise ImportRefused(
            [
                WordedProblem(
                    path,
                    None,
                    "",
                    "",
                    _("is of {platform}: import files of one platform at a time").format(
                        platform="Tranche" if name == OURS else PLATFORMS[name].title
                    ),
                )
                for path, name in names.items()
            ],
            len(names),
        )
    return PLATFORMS[next(iter(names.values()))]


def conversion_options(options: Mapping[str, Any], start: str) -> ConversionOptions:
    """Return the options of an import with the prefix `start`, from `options` and the settings.

    Raises ImportRefused where `settings.SHOP_RATES` has an invalid rate.
    """
    try:
        rates = dict(rate(one.strip()) for one in settings.SHOP_RATES if one.strip())
    except argparse.ArgumentTypeError as error:
        raise refusal("{reason}", "SHOP_RATES", reason=str(error)) from error
    rates.update(options.get("rate") or [])
    zone = options.get("timezone") or stored_zone()
    return ConversionOptions(
        rates=rates,
        zone=zoneinfo.ZoneInfo(zone) if zone else None,
        matches_guests=options.get("guest_orders") != "separate",
        prefix=start,
        subscribes=bool(options.get("subscribe_accepting")),
        columns=options.get("columns") or {},
    )


def refuse_lacking_rates(conversion: Conversion) -> None:
    """Raise ImportRefused where orders were in currencies without a rate."""
    unrated = conversion.plan.unrated
    if not unrated:
        return
    counts = ", ".join(f"{currency} ({count:,})" for currency, count in sorted(unrated.items()))
    message = gettext_noop(
        "orders are in currencies without a rate: {counts}; name each with --rate CUR=NUMBER"
    )
    raise refusal(message, code="ask_rate", counts=counts)
