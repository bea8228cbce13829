"""The plan and the report of an import, as its page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.imports.plan import PROBLEMS_SHOWN
from customers.imports.report import ImportReport, ignored_files
from customers.imports.tables import TABLES
from integrations.shops.admin.forms import ASKED
from integrations.shops.models import ImportState, ShopImport
from integrations.shops.runs.execution import READING, WRITING

ICONS = {
    ImportState.UPLOADED: "…",
    ImportState.PLANNING: "⟳",
    ImportState.PLANNED: "?",
    ImportState.WAITING: "…",
    ImportState.IMPORTING: "⟳",
    ImportState.DONE: "✓",
    ImportState.REFUSED: "✗",
    ImportState.CANCELED: "–",
    ImportState.FAILED: "✗",
}
PHASES = {
    READING: gettext_lazy("reading the files"),
    WRITING: gettext_lazy("writing the rows"),
}
DERIVED = {
    "guests": gettext_lazy("guests"),
    "guests_merged": gettext_lazy("guests who have an account now"),
    "refunds": gettext_lazy("refunds"),
    "products_from_lines": gettext_lazy("products that only orders name"),
}
COUNTS = ("created", "updated", "unchanged", "deleted", "refused")


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
        return _("needs your answers") if self.only_asks else str(self.run.state.label)

    @property
    def only_asks(self) -> bool:
        """Return whether the plan has no problems and only lacks answers."""
        is_refused = self.run.state == ImportState.REFUSED and self.run.may_be_planned
        return is_refused and self.is_asked and not self.problems and not self.more_problems

    @property
    def is_working(self) -> bool:
        """Return whether the import has no outcome yet, so that a worker has something to do."""
        return not self.run.outcome

    @property
    def phase(self) -> str:
        """The phase that the worker has reached, else the state of the import."""
        return str(PHASES.get(self.run.phase, self.run.state.label))

    @property
    def left(self) -> int | None:
        """The number of rows that are left; None if it is unknown."""
        return None if self.run.total is None else max(self.run.total - self.run.done, 0)

    @property
    def files(self) -> list[dict[str, Any]]:
        """The recognised files."""
        files = self.run.report.get("recognised", [])
        return [{**one, "delimiter": one["delimiter"].replace("\t", _("tab"))} for one in files]

    @property
    def not_read(self) -> list[str]:
        """A sentence for each file that is not read."""
        report, sentence = self.run.report, _("{path} is not read: {reason}")
        ignored = ignored_files(ImportReport(ignored=report.get("ignored", {})))
        return [sentence.format(**one) for one in report.get("unrecognised", [])] + ignored

    @property
    def tables(self) -> list[tuple[str, list[int]]]:
        """Our tables, each with its numbers of rows in the order of `COUNTS`."""
        labels = {one.name: one.model._meta.verbose_name_plural for one in TABLES}
        return [
            (str(labels.get(name, name)), [counts[count] for count in COUNTS])
            for name, counts in self.run.report.get("tables", {}).items()
        ]

    @property
    def derived(self) -> list[tuple[str, int]]:
        """The kinds of data that no row of a file states by itself, with their numbers."""
        derived: Mapping[str, int] = self.run.report.get("derived", {})
        return [(str(DERIVED.get(name, name)), count) for name, count in derived.items()]

    @property
    def rates(self) -> list[tuple[str, str]]:
        """The rate of each currency that is not the base currency."""
        return sorted(self.run.report.get("rates", {}).items())

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The first problems, without what the form asks."""
        return [one for one in self.run.problems if one["code"] not in ASKED][:PROBLEMS_SHOWN]

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
