"""Places of problems in the shop's own files: rows, columns, and the file of refused rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.figures.table import csv_text
from customers.imports.problems import BrokenFile, ImportProblem, ImportRefused, shorten_cell
from customers.imports.refused_rows import HEADER
from integrations.shops.files.values import is_secret, strip_guard

if TYPE_CHECKING:
    from integrations.shops.converting.conversion import Conversion, ReadFile

# So many characters of a cell have to stand in a value that was made of several cells.
BEGINNING = 20
# The code of rows that are refused only because another row is.
FOLLOWS = "follows"
# File, row, reasons and cells, as the file of refused rows has them.
RefusedRow = tuple[str, int | None, str, str]


@dataclass(frozen=True)
class SourceProblem(ImportProblem):
    """A problem of a row of the shop's own file; any of `columns` may be its cause.

    `words` stand for the message of the code.
    """

    columns: Sequence[str] = ()
    words: str = ""

    @property
    def message(self) -> str:
        return self.words or super().message

    def in_row(self, header: Sequence[str], cells: Sequence[str]) -> SourceProblem:
        """Return the problem with those of its columns that cause it in a row with these cells."""
        return replace(self, column=", ".join(self._causes(header, cells)) or self.column)

    def _causes(self, header: Sequence[str], cells: Sequence[str]) -> list[str]:
        row = dict(zip(header, cells, strict=False))
        filled = {one: cell for one in self.columns if (cell := row.get(one, "").strip())}
        if self.code == "nul":
            return [one for one, cell in filled.items() if "\0" in cell]
        plain = {one: strip_guard(cell) for one, cell in filled.items()}
        equal = [one for one, cell in plain.items() if shorten_cell(cell) == self.value]
        parts = [one for one, cell in plain.items() if cell[:BEGINNING] in self.value]
        # Else the value was computed, or comes from another row.
        return equal or parts


def name_columns(
    conversion: Conversion, problems: Sequence[ImportProblem]
) -> Iterator[ImportProblem]:
    """Yield problems, each with the columns that cause it in its row.

    The files with problems of which several columns may be the cause are read once more.
    """
    unclear = {(one.file, one.line) for one in problems if _has_several_columns(one)}
    rows = {}
    for file in conversion.files:
        path, header = file.table.path, file.table.header
        if any(path == name for name, _line in unclear):
            for place, cells in _readable_rows(file):
                if (path, place) in unclear:
                    rows[path, place] = header, cells
    for one in problems:
        found = rows.get((one.file, one.line or 0))
        yield one.in_row(*found) if found and isinstance(one, SourceProblem) else one


def write_refused_rows(
    conversion: Conversion, problems: Iterable[ImportProblem], path: Path
) -> None:
    """Write each refused row of the shop's files to a CSV file: its place, its reasons, its cells.

    `problems` are of our own files; the problems that the conversion has noted while reading are
    added. Cells of columns with passwords are left empty.
    """
    for problem in problems:
        note_problem(conversion, conversion.locate(problem))
    known = {file.table.path for file in conversion.files}
    with path.open("w", encoding="utf-8", errors="replace", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for file in conversion.files:
            writer.writerows(_refused_rows(conversion, file))
        for other in conversion.scratch.refused_paths() - known:
            writer.writerows(_places_alone(conversion, other))


def note_refused_rows(conversion: Conversion, problems: Iterable[ImportProblem]) -> None:
    """Note problems of our own files, and count the refused rows of each of the shop's files."""
    for problem in problems:
        note_problem(conversion, conversion.locate(problem))
    for file in conversion.files:
        places = conversion.scratch.refused_places(file.table.path)
        file.entry.refused = len(places - {None})


def note_problem(conversion: Conversion, problem: ImportProblem) -> None:
    """Note a problem in the shop's files for the file of refused rows."""
    noted = SourceProblem(
        problem.file,
        problem.line,
        problem.column,
        problem.code,
        problem.value,
        getattr(problem, "columns", ()),
        problem.message,
    )
    conversion.scratch.add_refused(problem.file, problem.line, json.dumps(asdict(noted)))


def _refused_rows(conversion: Conversion, file: ReadFile) -> Iterator[RefusedRow]:
    path, header = file.table.path, file.table.header
    places = conversion.scratch.refused_places(path)
    if not places:
        return
    shown = [not is_secret(name) for name in header]
    for place, cells in _readable_rows(file):
        if place in places:
            places.remove(place)
            problems = [one.in_row(header, cells) for one in _problems_at(conversion, path, place)]
            row = [cell if at >= len(shown) or shown[at] else "" for at, cell in enumerate(cells)]
            yield path, place, _reasons(problems), csv_text([row], end="")
    # The file cannot be read up to these, or the whole file has a problem.
    yield from _places_alone(conversion, path, places)


def _places_alone(
    conversion: Conversion, path: str, places: Iterable[int | None] | None = None
) -> Iterator[RefusedRow]:
    """Yield the places of one file without cells."""
    found = conversion.scratch.refused_places(path) if places is None else places
    for place in sorted(found, key=lambda place: place or 0):
        yield path, place, _reasons(_problems_at(conversion, path, place)), ""


def _problems_at(conversion: Conversion, path: str, place: int | None) -> list[SourceProblem]:
    texts = conversion.scratch.refused(path, place)
    return [SourceProblem(**json.loads(text)) for text in texts]


def _reasons(problems: Sequence[SourceProblem]) -> str:
    """Return the reasons of a row, each once; the row of a refused row has that row's reasons."""
    own = [one for one in problems if one.code != FOLLOWS] or problems
    return "; ".join(dict.fromkeys(one.reason for one in own))


def _readable_rows(file: ReadFile) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a file as far as it can be read again."""
    with suppress(BrokenFile, ImportRefused):
        yield from file.table.rows(file.encoding)


def _has_several_columns(problem: ImportProblem) -> bool:
    return isinstance(problem, SourceProblem) and len(problem.columns) > 1
