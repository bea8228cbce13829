"""The report of an import, file by file."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from customers.imports.problems import ImportProblem


@dataclass
class FileReport:
    """The numbers of rows of one file by outcome."""

    file: str
    read: int = 0
    created: int = 0
    updated: int = 0
    refused: int = 0
    # The stored row is newer.
    older: int = 0
    # Of customers who were erased: left out.
    erased: int = 0
    # Of customers who refuse tracking: left out.
    declined: int = 0

    @property
    def unchanged(self) -> int:
        """The number of rows that were already stored with the same values."""
        left_out = self.refused + self.older + self.erased + self.declined
        return self.read - self.created - self.updated - left_out


@dataclass
class ImportReport:
    """The files that were there, in the order of the contract."""

    files: list[FileReport] = field(default_factory=list)
    # Files of the directory that no shop has, with the name that was probably meant or `''`.
    ignored: dict[str, str] = field(default_factory=dict)
    # The first problems of the refused rows, and how many there are.
    problems: list[ImportProblem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def has_changes(self) -> bool:
        """Whether a row was created or updated."""
        return any(file.created or file.updated for file in self.files)

    @property
    def refused(self) -> int:
        """The number of refused rows of all files."""
        return sum(file.refused for file in self.files)


def ignored_files(report: ImportReport) -> list[str]:
    """Return a sentence for each file that was not imported."""
    plain = _("{file} is not a file of a shop: ignored")
    asking = _("{file} is not a file of a shop: ignored. Rename it if {meant} is meant.")
    return [
        (asking if meant else plain).format(file=name, meant=meant)
        for name, meant in report.ignored.items()
    ]
