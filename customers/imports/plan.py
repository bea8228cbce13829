"""The plan of an import, as sentences and as JSON (`--report`)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.text.sentences import Sentence
from customers.imports.problems import ImportProblem
from customers.imports.report import FileReport, ImportReport

PROBLEMS_SHOWN = 20
# What a file says of a customer's consent to marketing: yes, no, or nothing.
CONSENTS = {
    "yes": gettext_lazy("customers who accept marketing"),
    "no": gettext_lazy("customers who do not accept marketing"),
    "unknown": gettext_lazy("customers who have not been asked, or their answer is not known"),
}


@dataclass
class RecognisedFile:
    """A file whose header row says what it is; `rows` are counted when it is read.

    `left_out` and `refused` are those rows that are not imported, the latter for a problem.
    """

    path: str
    layout: str
    encoding: str
    delimiter: str
    columns_used: Sequence[str] = ()
    columns_not_used: Sequence[str] = ()
    rows: int = 0
    left_out: int = 0
    refused: int = 0

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the entry of the report."""
        return {
            "path": self.path,
            "layout": self.layout,
            "rows": self.rows,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "columns_not_used": list(self.columns_not_used),
        }


@dataclass
class ImportPlan:
    """Recognised files, derived and omitted rows; the report has the outcome of each table."""

    source: str = ""
    recognised: list[RecognisedFile] = field(default_factory=list)
    # The reason by path.
    unrecognised: dict[str, str] = field(default_factory=dict)
    derived: Counter[str] = field(default_factory=Counter)
    # The count by (what, why).
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)
    # The message and the count by code.
    warnings: dict[str, tuple[Sentence, int]] = field(default_factory=dict)
    # Sentences about what the import brings with it.
    notes: list[Sentence] = field(default_factory=list)
    # How many customers of the files accept marketing or do not, by the keys of `CONSENTS`.
    consents: Counter[str] = field(default_factory=Counter)
    # Units of a currency for one unit of the base currency, as given; "" where it is not known.
    rates: dict[str, str] = field(default_factory=dict)
    timezone: str = ""
    # How many orders have a currency without a known rate, by currency, and how many times have no
    # known time zone. An import with any of these is refused.
    unrated: Counter[str] = field(default_factory=Counter)
    unzoned: int = 0
    # How many problems of files leave their rows out before there are rows of ours to refuse.
    unread: int = 0
    # The first problems of rows that are left out for them, and how many problems there are.
    problems: list[ImportProblem] = field(default_factory=list)
    problem_count: int = 0
    # The header rows whose columns a person may choose for roles, by file, and the columns that fit
    # one role, by role. An import with any of the latter is refused.
    headers: dict[str, list[str]] = field(default_factory=dict)
    contested: dict[str, list[str]] = field(default_factory=dict)
    # Rows that are deleted, by our table, and what became of segments, by their codes.
    deleted: Counter[str] = field(default_factory=Counter)
    segments: dict[str, str] = field(default_factory=dict)

    def warn(self, code: str, text: str, count: int = 1, /, **values: int | str | Sentence) -> None:
        """Add `count` to the warning `code`; its message is a msgid and its values."""
        before = self.warnings[code][1] if code in self.warnings else 0
        self.warnings[code] = (Sentence(text, values), before + count)

    def note(self, text: str, /, **values: int | str | Sentence) -> None:
        """Add a sentence, a msgid and its values, about what the import brings with it."""
        self.notes.append(Sentence(text, values))

    def sentences(self) -> Iterator[str]:
        """Yield the plan line by line, but for the table of counts."""
        for file in self.recognised:
            if not file.delimiter:
                yield _("{path}: {layout}, {rows} rows").format(
                    path=file.path, layout=file.layout, rows=f"{file.rows:,}"
                )
            else:
                yield _(
                    "{path}: {layout}, {rows} rows, {encoding}, columns between “{delimiter}”"
                ).format(
                    path=file.path,
                    layout=file.layout,
                    rows=f"{file.rows:,}",
                    encoding=file.encoding,
                    delimiter=file.delimiter.replace("\t", "tab"),
                )
            if file.columns_used:
                yield _("  columns used: {columns}").format(columns=", ".join(file.columns_used))
            if file.columns_not_used:
                columns = ", ".join(file.columns_not_used)
                yield _("  columns not used: {columns}").format(columns=columns)
        for path, reason in self.unrecognised.items():
            yield _("{path} is not read: {reason}").format(path=path, reason=reason)
        for name, count in sorted(self.derived.items()):
            yield _("derived: {count} {name}").format(count=f"{count:,}", name=name)
        for (what, why), count in sorted(self.left_out.items()):
            yield _("left out: {count} {what} ({why})").format(
                count=f"{count:,}", what=_(what), why=_(why)
            )
        for answer, label in CONSENTS.items():
            if self.consents:
                yield f"{label}: {self.consents[answer]:,}"
        for message, count in self.warnings.values():
            yield f"{message} ({count:,})"
        yield from map(str, self.notes)
        for currency, rate in sorted(self.rates.items()):
            if rate:
                yield _("rate of {currency}: {rate}").format(currency=currency, rate=rate)
        for table, count in sorted(self.deleted.items()):
            yield _("deleted: {count} {name}").format(count=f"{count:,}", name=table)
        for code, status in self.segments.items():
            yield _("segment {code}: {status}").format(code=code, status=status)
        if self.timezone:
            yield _("time zone: {zone}").format(zone=self.timezone)

    def as_json(
        self, report: ImportReport | None, problems: Sequence[ImportProblem]
    ) -> dict[str, Any]:
        """Return the whole report; without `report` nothing is known of the tables."""
        return {
            "source": self.source,
            "recognised": [file.as_json for file in self.recognised],
            "unrecognised": [
                {"path": path, "reason": reason} for path, reason in self.unrecognised.items()
            ],
            "tables": _tables(report, self.deleted) if report else {},
            "derived": dict(self.derived),
            "left_out": [
                {"what": what, "why": why, "count": count}
                for (what, why), count in self.left_out.items()
            ],
            "warnings": [
                {"code": code, "message": str(message), "count": count}
                for code, (message, count) in self.warnings.items()
            ],
            "problems": [
                {
                    "file": problem.file,
                    "row": problem.line,
                    "column": problem.column,
                    "message": problem.message,
                }
                for problem in problems
            ],
            "segments": dict(self.segments),
            "notes": [str(one) for one in self.notes],
            "consents": dict(self.consents),
        }


def _tables(report: ImportReport, deleted: Counter[str]) -> dict[str, dict[str, int]]:
    files = {file.file for file in report.files}
    # Rows of a table may go although no file has rows of it.
    gone = [FileReport(f"{name}.csv") for name, count in deleted.items() if count]
    return {
        file.file.removesuffix(".csv"): {
            "rows": file.created + file.updated + file.unchanged,
            "created": file.created,
            "updated": file.updated,
            "unchanged": file.unchanged,
            "deleted": deleted[file.file.removesuffix(".csv")],
            "refused": file.refused,
            **({"declined": file.declined} if file.declined else {}),
        }
        for file in [*report.files, *(one for one in gone if one.file not in files)]
    }
