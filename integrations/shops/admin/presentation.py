"""The plan and the report of an import, as its page shows them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms.numbers import spell_number
from core.text.sentences import Sentence, sentence_of
from customers.imports.plan import CONSENTS, PROBLEMS_SHOWN
from customers.imports.problems import REASONS, reason_in_file
from customers.imports.report import ImportReport, ignored_files
from customers.imports.tables import TABLES
from integrations.shops.admin.forms import ASKED
from integrations.shops.converting.conversion import (
    BAD_DATE,
    LOOKS_LIKE_EMAIL,
    UNKNOWN_COLUMNS,
)
from integrations.shops.files.layouts import PLATFORMS, Layout, all_layouts
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.runs.execution import READING, WRITING

ICONS = {
    ImportState.UPLOADED: "…",
    ImportState.PLANNING: "⟳",
    ImportState.PLANNED: "▷",
    ImportState.WAITING: "…",
    ImportState.IMPORTING: "⟳",
    ImportState.DONE: "✓",
    ImportState.REFUSED: "✗",
    ImportState.CANCELED: "–",
    ImportState.FAILED: "✗",
}
# States in plainer words than those of the API and the audit log.
LABELS = {
    ImportState.PLANNED: gettext_lazy("ready to start"),
    ImportState.REFUSED: gettext_lazy("not imported: see what is wrong"),
}
PHASES = {
    READING: gettext_lazy("reading the files"),
    WRITING: gettext_lazy("writing the rows"),
}
DERIVED = {
    "guests": gettext_lazy("customers without an account"),
    "guests_merged": gettext_lazy("customers who have an account now"),
    "refunds": gettext_lazy("refunds, taken from the orders"),
    "products_from_lines": gettext_lazy("products known from orders alone"),
}
DERIVED_HELP = {
    "guests": gettext_lazy(
        "Customers without an account are recognised by e-mail address and counted among the"
        " customers."
    ),
    "guests_merged": gettext_lazy(
        "Customers who ordered without an account before: these orders are their account’s now."
    ),
    "refunds": gettext_lazy("Refunds are what the files say was paid back of an order."),
    "products_from_lines": gettext_lazy(
        "Products known from orders alone stand in no list of products among your files: Tranche"
        " has their number and name only."
    ),
}
# Kinds of files, by the second part of the name of a layout.
KINDS = {
    "customers": gettext_lazy("customers"),
    "addresses": gettext_lazy("addresses"),
    "orders": gettext_lazy("orders"),
    "products": gettext_lazy("products"),
    "discounts": gettext_lazy("discounts"),
    "analytics_customers": gettext_lazy("customers of Analytics"),
    "analytics_orders": gettext_lazy("orders of Analytics"),
}
# Numbers with a comma for a point, and with separators of thousands; 1,234 is taken for the latter.
DECIMAL_COMMA = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+),(\d{1,2}|\d{4})").fullmatch
THOUSANDS = re.compile(r"-?\d{1,3}((,\d{3})+(\.\d+)?|(\.\d{3})+,\d+)").fullmatch
COUNTS = ("created", "updated", "unchanged", "deleted")
FILE_COUNTS = ("rows", "left_out", "refused")


def table_label(name: str) -> str:
    """Return what a person calls the rows of our file or of a shop's file called `name`."""
    labels = {one.name: str(one.model._meta.verbose_name_plural) for one in TABLES}
    titles = {one.name: layout_title(one.name) for one in all_layouts()}
    return labels.get(name) or titles.get(name) or _(name)


def layout_title(name: str) -> str:
    """Return what a person calls files of the layout `name`."""
    family, _dot, kind = name.partition(".")
    platform = PLATFORMS.find(family)
    title = _(platform.title) if platform else family
    return (
        _("{platform}: {kind}").format(platform=title, kind=KINDS.get(kind, kind))
        if kind
        else title
    )


def source_title(name: str) -> str:
    """Return what a person calls the source `name`; the name itself where it says the same."""
    platform = PLATFORMS.find(name)
    if platform is None or platform.title.lower() == name:
        return name
    return _(platform.title)


def expected_columns() -> list[tuple[str, str]]:
    """Return the kinds of files that are read, each with the columns that tell it."""
    return [
        (layout_title(one.name), ", ".join(_needed_columns(one)))
        for one in all_layouts()
        if not one.refused and not one.ignored
    ]


def _needed_columns(layout: Layout) -> Sequence[str]:
    """Return the headings that tell `layout`, or what its columns mean where they vary."""
    platform = PLATFORMS.find(layout.name)
    if platform is None or platform.roles is None:
        return layout.signatures[0]
    needed = [_(platform.roles.labels[role]) for role in platform.roles.needed]
    owner = _("the customer’s number or e-mail address")
    return [owner, *needed, _("the product, its name or the amount")]


def _message_of(problem: Mapping[str, Any]) -> str:
    """Return what is wrong in the reader's language, as far as it is stored to be translated."""
    sentence = sentence_of(problem["sentence"]) if "sentence" in problem else None
    if problem["code"] == BAD_DATE and isinstance(sentence, Sentence):
        text = _('"{value}" is written otherwise than the dates of this import, such as {example}')
        # Imports of versions before have no example.
        example = sentence.values.get("example", "2026-12-31")
        return text.format(value=sentence.values["value"], example=example)
    if sentence is not None:
        return str(sentence)
    if "value" in problem and problem["code"] in REASONS:
        return reason_in_file(problem["code"], problem["value"])
    return str(problem["message"])


@dataclass(frozen=True)
class FileRows:
    """The numbers of rows of files: all, those left out, and those refused for a problem."""

    total: int
    left_out: int
    refused: int

    @property
    def imported(self) -> int:
        """The number of rows that are imported."""
        return self.total - self.left_out - self.refused


@dataclass(frozen=True)
class ShownImport:
    """An import as its page and the list show it."""

    run: ShopImport

    @property
    def icon(self) -> str:
        """The sign of its state."""
        return "?" if self.only_asks else ICONS[self.run.state]

    @property
    def label(self) -> str:
        """Its state in words."""
        if self.only_asks:
            return _("needs your answers")
        return str(LABELS.get(self.run.state, self.run.state.label))

    @property
    def source(self) -> str:
        """What a person calls its source."""
        return source_title(self.run.source)

    @property
    def only_asks(self) -> bool:
        """Return whether the plan has no problems and only lacks answers."""
        is_refused = self.run.state == ImportState.REFUSED and self.run.may_be_planned
        if not is_refused:
            return False
        return self.lacks_columns or (
            self.is_asked and not self.problems and not self.more_problems
        )

    @property
    def lacks_columns(self) -> bool:
        """Return whether a person may choose what the columns of all unknown files mean."""
        found = {one["code"] for one in self.run.problems}
        return self.recognises_nothing and found == {UNKNOWN_COLUMNS}

    @property
    def recognises_nothing(self) -> bool:
        """Return whether the import was refused because none of its files has a known layout."""
        unknown = {one["path"] for one in self.run.report.get("unrecognised", [])}
        if self.run.outcome != ImportState.REFUSED or not unknown:
            return False
        if self.run.report.get("recognised") or self.is_asked:
            return False
        return {one["file"] for one in self.run.problems} <= unknown

    @property
    def has_lost_problems(self) -> bool:
        """Return whether the import was refused for problems that are not kept any more."""
        is_refused = self.run.outcome == ImportState.REFUSED
        return is_refused and self.run.problem_count > 0 and not self.run.problems

    @property
    def has_refused_rows(self) -> bool:
        """Return whether rows of the files were left out as refused."""
        report = self.run.report
        counts = [one["refused"] for one in report.get("tables", {}).values()]
        return any([*counts, report.get("unread")])

    @property
    def rows(self) -> FileRows | None:
        """What becomes of the rows of the shop's own files; None where that is not known."""
        files = [one for one in self.run.report.get("recognised", []) if "refused" in one]
        if not files or not self.run.report.get("tables"):
            return None
        return FileRows(*(sum(one[name] for one in files) for name in FILE_COUNTS))

    @property
    def is_working(self) -> bool:
        """Return whether the import has no outcome yet, so that a worker has something to do."""
        return not self.run.outcome

    @property
    def phase(self) -> str:
        """The phase that the worker has reached; "" before the first."""
        return str(PHASES.get(self.run.phase, ""))

    @property
    def left(self) -> int | None:
        """The number of rows that are left; None if it is unknown."""
        return None if self.run.total is None else max(self.run.total - self.run.done, 0)

    @property
    def files(self) -> list[dict[str, Any]]:
        """The recognised files."""
        files = self.run.report.get("recognised", [])
        return [
            {
                **one,
                "title": layout_title(one["layout"]),
                "delimiter": one["delimiter"].replace("\t", _("tab")),
                # Before the first question is answered, no row is counted.
                "rows": one["rows"] if one["rows"] or self.run.report.get("tables") else None,
                "counts": FileRows(*(one[name] for name in FILE_COUNTS)) if self.rows else None,
            }
            for one in files
        ]

    @property
    def not_read(self) -> list[str]:
        """A sentence for each file that is not read."""
        report, sentence = self.run.report, _("{path} is not read: {reason}")
        ignored = ignored_files(ImportReport(ignored=report.get("ignored", {})))
        # The problems that are shown and the questions name these files already.
        asked = [one for one in self.run.problems if one["code"] in ASKED]
        named = {one["file"] for one in [*self.problems, *asked]}
        others = (one for one in report.get("unrecognised", []) if one["path"] not in named)
        return [sentence.format(**one) for one in others] + ignored

    @property
    def tables(self) -> list[tuple[str, list[int]]]:
        """Our tables, each with its numbers of rows in the order of `counts`."""
        return [
            (table_label(name), [counts[count] for count in self.counts])
            for name, counts in self.run.report.get("tables", {}).items()
        ]

    @property
    def counts(self) -> Sequence[str]:
        """What is counted of our tables: refused rows where these are rows of the files."""
        return COUNTS if self.rows else (*COUNTS, "refused")

    @property
    def derived(self) -> list[tuple[str, int]]:
        """The kinds of data that no row of a file states by itself, with their numbers."""
        derived: Mapping[str, int] = self.run.report.get("derived", {})
        return [(str(DERIVED.get(name, name)), count) for name, count in derived.items()]

    @property
    def derived_help(self) -> list[str]:
        """A sentence about each kind of derived data that this import has."""
        derived: Mapping[str, int] = self.run.report.get("derived", {})
        return [str(text) for name, text in DERIVED_HELP.items() if derived.get(name)]

    @property
    def consents(self) -> list[tuple[str, int]]:
        """What the files say of consent to marketing, with the numbers of customers."""
        counts: Mapping[str, int] = self.run.report.get("consents", {})
        return [(str(label), counts.get(name, 0)) for name, label in CONSENTS.items() if counts]

    @property
    def notes(self) -> list[str]:
        """Sentences about what the import brings with it, in the reader's language."""
        return [str(sentence_of(one)) for one in self.run.report.get("notes", [])]

    @property
    def warnings(self) -> list[tuple[str, int]]:
        """What the files lack or leave open, in the reader's language, with the numbers."""
        warnings = self.run.report.get("warnings", [])
        return [(str(sentence_of(one["message"])), one["count"]) for one in warnings]

    @property
    def address_warning(self) -> str:
        """The warning that numbers of customers are e-mail addresses; "" without any."""
        warnings = self.run.report.get("warnings", [])
        found = (one["message"] for one in warnings if one["code"] == LOOKS_LIKE_EMAIL)
        return next((str(sentence_of(one)) for one in found), "")

    @property
    def left_out(self) -> list[tuple[str, str, int]]:
        """Kinds of rows that are left out, each with the reason and the number."""
        rows = self.run.report.get("left_out", [])
        left_out = [(one["what"], one["why"], one["count"]) for one in rows]
        return [(table_label(what), _(why), count) for what, why, count in left_out]

    @property
    def rates(self) -> list[tuple[str, str]]:
        """The rate of each currency that is not the base currency."""
        rates: Mapping[str, str] = self.run.report.get("rates", {})
        return [(currency, spell_number(rate)) for currency, rate in sorted(rates.items())]

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The first problems, without what the form asks."""
        hidden = (*ASKED, UNKNOWN_COLUMNS) if self.lacks_columns else ASKED
        found = [one for one in self.run.problems if one["code"] not in hidden]
        return [{**one, "message": _message_of(one)} for one in found[:PROBLEMS_SHOWN]]

    @property
    def has_decimal_commas(self) -> bool:
        """Return whether numbers are refused that have a comma where a point belongs."""
        return any(map(DECIMAL_COMMA, self._wrong_numbers))

    @property
    def has_thousands(self) -> bool:
        """Return whether numbers are refused that have separators of thousands."""
        return any(map(THOUSANDS, self._wrong_numbers))

    @property
    def _wrong_numbers(self) -> list[str]:
        wrong = [one for one in self.run.problems if one["code"] == "number"]
        return [str(one.get("value", "")) for one in wrong]

    @property
    def more_problems(self) -> int:
        """How many problems are not shown."""
        asked: int = self.run.report.get("unzoned", 0)
        asked += sum(one["code"] in ASKED and one["row"] is None for one in self.run.problems)
        return max(self.run.problem_count - asked - len(self.problems), 0)

    @property
    def is_asked(self) -> bool:
        """Return whether the plan asks a question that must be answered before the import."""
        return any(one["code"] in ASKED for one in self.run.problems)
