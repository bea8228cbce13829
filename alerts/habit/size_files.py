"""Files of sizes and of facts for a backtest, read line by line.

`SIZES.csv` has the columns segment, day (ISO) and members; `FACTS.csv` segment, day, cause and
share (0 to 1). Further columns are ignored.
"""

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from django.utils.translation import gettext as _

from alerts.causes.shares import Cause, largest_shares
from alerts.habit.expectations import Matrix

# Twenty years: a mistyped year must not make a matrix of millions of days.
MOST_DAYS = 7_400
MOST_MEMBERS = 10**15


class InvalidFile(ValueError):
    """A file that cannot be read; the text names the line."""


@dataclass
class SegmentSizes:
    """The sizes of one segment, in the order of the file: days (ordinals) and members."""

    code: str
    days: "array[int]" = field(default_factory=lambda: array("q"))
    members: "array[int]" = field(default_factory=lambda: array("q"))


def read_sizes(path: str) -> list[SegmentSizes]:
    """Return the sizes in the file, segments in their order there; raises InvalidFile."""
    found: dict[str, SegmentSizes] = {}
    for line, row in _rows(path, ("segment", "day", "members")):
        members = row["members"]
        if not (members.isascii() and members.isdigit()) or int(members[:20]) > MOST_MEMBERS:
            raise _invalid_file(
                path, line, _("“%(text)s” is not a number of members.") % {"text": members}
            )
        sizes = found.setdefault(row["segment"], SegmentSizes(row["segment"]))
        sizes.days.append(_day(path, line, row["day"]).toordinal())
        sizes.members.append(int(members))
    for sizes in found.values():
        if len(set(sizes.days)) < len(sizes.days):
            text = _("%(segment)s has two sizes on one day.")
            raise InvalidFile(f"{path}: {text % {'segment': sizes.code}}")
    days = [day for one in found.values() for day in (min(one.days), max(one.days))]
    if days and max(days) - min(days) >= MOST_DAYS:
        text = _("The days span more than %(days)d days.")
        raise InvalidFile(f"{path}: {text % {'days': MOST_DAYS}}")
    return list(found.values())


def read_facts(path: str) -> dict[tuple[str, date], dict[Cause, float]]:
    """Return the share of each cause by segment and day; raises InvalidFile."""
    facts: dict[tuple[str, date], list[tuple[Cause, float]]] = {}
    for line, row in _rows(path, ("segment", "day", "cause", "share")):
        if row["cause"] not in Cause.values:
            text = _("“%(text)s” is not a cause: %(causes)s.")
            causes = ", ".join(Cause.values)
            raise _invalid_file(path, line, text % {"text": row["cause"], "causes": causes})
        try:
            share = float(row["share"])
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            text = _("“%(text)s” is not a share from 0 to 1.")
            raise _invalid_file(path, line, text % {"text": row["share"]})
        key = row["segment"], _day(path, line, row["day"])
        facts.setdefault(key, []).append((Cause(row["cause"]), share))
    return {key: largest_shares(found) for key, found in facts.items()}


def members_matrix(sizes: list[SegmentSizes], first: int, last: int) -> Matrix:
    """Return the members of shape (segments, days) from ordinal `first` to `last`, both included.

    NaN on days without a size.
    """
    members = np.full((len(sizes), last - first + 1), np.nan)
    for row, one in enumerate(sizes):
        members[row, np.asarray(one.days) - first] = one.members
    return members


def _rows(path: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each line and its cells; raises InvalidFile."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [one for one in columns if one not in (reader.fieldnames or ())]
            if missing:
                text = _("The column %(column)s is missing.") % {"column": ", ".join(missing)}
                raise _invalid_file(path, 1, text)
            for row in reader:
                if any(row[one] is None for one in columns):
                    raise _invalid_file(path, reader.line_num, _("This line has too few cells."))
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidFile(f"{path}: {error}") from error


def _day(path: str, line: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = _("“%(text)s” is not a day such as 2026-04-10.") % {"text": text}
        raise _invalid_file(path, line, message) from error


def _invalid_file(path: str, line: int, text: str) -> InvalidFile:
    where = _("%(file)s, line %(line)d") % {"file": path, "line": line}
    return InvalidFile(f"{where}: {text}")
