"""Problems of rows and their wording, and the refusal of a whole import."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

REPORTED_AT_MOST = 100
# The most characters of a cell in a message; a cell may be long.
SHOWN_CHARACTERS = 100

REASONS: dict[str, str | Promise] = {
    "missing": _("is missing"),
    "number": _('"{value}" is not a number'),
    "too_many_decimals": _('"{value}" has more than 4 decimals'),
    "whole_number": _('"{value}" is not a whole number'),
    "beyond": _('"{value}" is not within ±1,000,000,000'),
    "base_beyond": _("is not within ±1,000,000,000 in the base currency"),
    "lines_beyond": _("the lines of {value} are not within ±1,000,000,000 all together"),
    "rate": _('"{value}" is not more than 0'),
    "rate_beyond": _('"{value}" is more than 900,000,000'),
    "too_many_rate_decimals": _('"{value}" has more than 10 decimals'),
    "boolean": _('"{value}" is neither true nor false'),
    "time": _('"{value}" is not an ISO 8601 time'),
    "date": _('"{value}" is not a date (YYYY-MM-DD)'),
    "period": _('"{value}" is not a period: 2026, 2026-Q3 or 2026-10'),
    "zone": _('"{value}" is not an IANA time zone'),
    "second_order": _('differs from the first row of order "{value}": give it another number'),
    "currency": _('"{value}" is not a currency such as EUR'),
    "choice": _('"{value}" is not one of the choices'),
    "code": _('"{value}" may have letters, digits, "_" and "-" only'),
    "colon": _('"{value}" may not have a ":"'),
    "negative": _('"{value}" is less than 0'),
    "object": _("is not an object of JSON"),
    "judged": "{value}",
    "long": _('"{value}" is too long'),
    "encoding": _("is not valid UTF-8"),
    "cut_off": _("is cut off or damaged: export it again, or save it as “CSV UTF-8”"),
    "nul": _("has a NUL character"),
    "unknown": _('"{value}" is not known'),
    "follows": _('"{value}" was refused itself'),
    "duplicate": _('"{value}" stands twice'),
    "no_parent_line": _('there is no line "{value}"'),
    "line_cycle": _('"{value}" is a line of itself'),
    "category_cycle": _('"{value}" is below itself'),
    "type_in_use": _('values of another type than "{value}" are stored'),
    "no_owner": _("neither an order nor a customer is named"),
    "other_customer": _('"{value}" is not the customer of the order'),
    "no_text": _("is not a text"),
    "json_kind": _("is not a value that a cell can have"),
    "short_row": _("has fewer cells than the header"),
    "long_row": _("has more cells than the header"),
    "quotes": _("is not CSV: {value}"),
    "bare_return": _("has a line that ends with CR alone; LF or CR LF end a line"),
    "unreadable": _("cannot be read: {value}"),
    "no_header": _("has no header row"),
    "too_many_columns": _("has more than {value} columns"),
    "open_quote": _("a quote that begins here is never closed"),
    "huge_row": _("is longer than {value} bytes; is a quote never closed?"),
    "unknown_column": _("unknown column"),
    "unnamed_column": _("column {value} has no name in the header"),
    "column_twice": _("this column stands twice"),
    "column_missing": _("this column is missing"),
    "file_twice": _("has the same rows to import as {value}: take one of the two away"),
    "name_columns": _("{value} all say who is meant: keep one of these columns"),
    "two_sources": _("a mail is of a campaign or of a sequence, not of both"),
    "address": _('"{value}" is not an e-mail address'),
    "two_customers": _(
        '"{value}" and the e-mail address in the same row are two different customers: correct one'
        " of them, or take the column out"
    ),
    "no_name_column": _(
        "The heading needs a column “id” or “email”; it has {value}. Between columns stand commas,"
        " semicolons or tabs."
    ),
}


class BadCell(Exception):
    """A cell cannot be stored; `code` is one of REASONS, `value` the part at fault, None: all."""

    def __init__(self, code: str, value: str | None = None) -> None:
        super().__init__(code)
        self.code, self.value = code, value


@dataclass(frozen=True)
class ImportProblem:
    """One thing that is wrong: where, and why in words."""

    file: str
    line: int | None
    column: str
    code: str
    value: str = ""

    @property
    def message(self) -> str:
        """The reason, worded for a problem in a file."""
        return reason_in_file(self.code, self.value)

    @property
    def place(self) -> str:
        """The file, the line and the column, as far as the problem has them."""
        parts = (self.file, "" if self.line is None else str(self.line))
        return ": ".join(filter(None, (":".join(filter(None, parts)), self.column)))

    @property
    def reason(self) -> str:
        """The column, if there is one, and the message."""
        return f"{self.column}: {self.message}" if self.column else self.message

    @property
    def in_upload(self) -> str:
        """The line and the reason, worded for a person who has sent this file alone."""
        if self.line is None:
            return gettext("The file %(reason)s") % {"reason": self.reason}
        return gettext("Line %(line)d: %(reason)s") % {"line": self.line, "reason": self.reason}

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.place, self.message)))


class BrokenFile(Exception):
    """Raised if a whole file cannot be imported, such as a file that cannot be split into rows."""

    def __init__(self, *problems: ImportProblem) -> None:
        super().__init__(*problems)
        self.problems = problems


class ImportRefused(Exception):
    """Nothing was written; `problems` has the first hundred of `total` reasons."""

    def __init__(self, problems: list[ImportProblem], total: int) -> None:
        super().__init__(problems, total)
        self.problems = problems
        self.total = total

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        more = self.total - len(self.problems)
        if more > 0:
            lines.append(
                ngettext(
                    "... and {more} problem more", "... and {more} problems more", more
                ).format(more=f"{more:,}")
            )
        return "\n".join(lines)


def reason_in_file(code: str, value: str) -> str:
    """Return what is wrong with a place in a file; for a wrong encoding with the remedy."""
    if code == "encoding":
        return gettext(
            "The file is not written in UTF-8; save it in Excel as “CSV UTF-8” and send that."
        )
    return str(REASONS[code]).format(value=value)


def shorten_cell(cell: str) -> str:
    """Return the beginning of `cell` as a message and every database can hold it."""
    return storable(cell[:SHOWN_CHARACTERS])


def storable(cell: str) -> str:
    """Return `cell` with replacements for the characters that no database can hold."""
    return cell.replace("\0", "�").encode("utf-8", "replace").decode()
