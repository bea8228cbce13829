"""Results of `python -m benchmarks --json` as the Markdown that `docs/performance.md` holds.

    python -m benchmarks.report 100k.json 1m.json [--again 1m-again.json]

Sizes stand side by side; of one size several files are taken together, the later counting. A goal
that is not met is bold. `--again` says how far the ratios of a second run are from these.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.trees import TREES

Line = dict[str, Any]
# The key of a row within its run.
Name = tuple[str, str, str]
Run = Mapping[str, Any]

MAHO, HAND = "Maho's form", "by hand"
EMBEDDED = "embedded"
# By how much the ratio of a second run may differ.
APART = 0.2


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.json")
    parser.add_argument("--again", type=Path, nargs="+", default=(), metavar="FILE.json")
    options = parser.parse_args()
    runs = read(options.files)
    print(report(runs))
    if options.again:
        try:
            print("\n" + compare_runs(runs, read(options.again)))
        except NothingInCommon as error:
            sys.exit(str(error))


def read(files: Iterable[Path]) -> list[Run]:
    return [json.loads(file.read_text()) for file in files]


class NothingInCommon(Exception):
    """Two runs have no ratio of the same thing at the same size."""


def report(runs: Sequence[Run]) -> str:
    """Return the tables of `runs`, and beneath them the machines of the measurements."""
    sizes = _by_size(runs)
    parts = [
        _previews(sizes),
        _table_of_lines(
            {size: _lines_of_other_parts(lines, EMBEDDED) for size, lines in sizes.items()}
        ),
        _table_of_lines({size: _only(lines, EMBEDDED) for size, lines in sizes.items()}),
        "\n".join(f"- {_words(run['machine'])}" for run in runs),
    ]
    return "\n\n".join(part for part in parts if part)


def compare_runs(first: Sequence[Run], second: Sequence[Run]) -> str:
    """Return how far the ratios of the second runs are from those of the first, size by size.

    Raises NothingInCommon.
    """
    old, new = _by_size(first), _by_size(second)
    distances = {}
    for size in old.keys() & new.keys():
        for name in old[size].keys() & new[size].keys():
            was, became = old[size][name]["ratio"], new[size][name]["ratio"]
            if was and became:
                distances[size, name] = max(was, became) / min(was, became) - 1, was, became
    if not distances:
        raise NothingInCommon("Both runs have no ratio of the same thing at the same size.")
    far = sorted(distances, key=lambda key: (-distances[key][0], key))
    beyond = [key for key in far if distances[key][0] > APART]

    def describe_distance(key: tuple[int, Name]) -> str:
        size, (part, what, against) = key
        distance, was, became = distances[key]
        return (
            f"{part}: {what}, against {against or 'nothing'}, at {size:,}:"
            f" {three(was)} and {three(became)}, {distance:.0%}"
        )

    met = "met" if not beyond else f"NOT met by {len(beyond)} of {len(far)}"
    lines = [
        f"A second run's ratios differ by at most {distances[far[0]][0]:.0%}"
        f" (goal {APART:.0%}, {met}): {describe_distance(far[0])}."
    ]
    return "\n".join([*lines, *(f"- {describe_distance(key)}" for key in beyond[1:])])


def three(number: float) -> str:
    """Return the number with three significant digits, and without an exponent."""
    rounded = float(f"{number:.3g}")
    decimals = 0
    while decimals < 6 and abs(rounded) < 10 ** (2 - decimals) and rounded:
        decimals += 1
    return f"{rounded:,.{decimals}f}"


def _by_size(runs: Iterable[Run]) -> dict[int, dict[Name, Line]]:
    found: dict[int, dict[Name, Line]] = {}
    for run in runs:
        lines = found.setdefault(run["machine"]["rows"]["Customer"], {})
        lines |= {(row["part"], row["what"], row["against"]): row for row in run["rows"]}
    return dict(sorted(found.items()))


def _lines_of_other_parts(lines: Mapping[Name, Line], part: str) -> dict[Name, Line]:
    """Return the lines of other parts, without the counts, which have a table of their own."""
    return {
        name: line
        for name, line in lines.items()
        if line["part"] not in (part, "preview") and not _is_count(line)
    }


def _only(lines: Mapping[Name, Line], part: str) -> dict[Name, Line]:
    return {name: line for name, line in lines.items() if line["part"] == part}


def _is_count(line: Line) -> bool:
    return line["part"] in ("preview", "large") and line["what"] in TREES


def _previews(sizes: Mapping[int, Mapping[Name, Line]]) -> str:
    """Return the table of the trees, and of each size what they come to."""
    counted: dict[int, dict[tuple[str, str], Line]] = {}
    summaries = []
    for size, lines in sizes.items():
        # Of what was measured in both parts, both ratios are of the same run of ours.
        for line in sorted(lines.values(), key=lambda line: line["part"] == "large"):
            if _is_count(line):
                counted.setdefault(size, {}).setdefault((line["what"], line["against"]), line)
            elif line["part"] == "preview":
                summaries.append(
                    f"- {size:,}, {line['what']}, against {line['against']}: {_ratio(line)}"
                    f" (goal {line['goal']})"
                )
    if not counted:
        return ""
    header, rows = ["tree"], []
    for size in counted:
        header += [f"{size:,}: ours, ms", f"against {MAHO}", f"against {HAND}"]
    for tree in TREES:
        cells = [tree]
        for lines in counted.values():
            pair = [lines.get((tree, way)) for way in (MAHO, HAND)]
            ours = next((line["ours"]["ms"] for line in pair if line), None)
            cells += ["" if ours is None else three(ours), *(_ratio(line) for line in pair)]
        if any(cells[1:]):
            rows.append(cells)
    return "\n".join([_table(header, rows), *(["", *summaries] if summaries else [])])


def _table_of_lines(sizes: Mapping[int, Mapping[Name, Line]]) -> str:
    """Return the table of all lines, by what they are, against what."""
    sizes = {size: lines for size, lines in sizes.items() if lines}
    if not sizes:
        return ""
    header = ["what"]
    for size in sizes:
        header += [f"{size:,}: ours", "against", "ratio", "met"]
    rows = []
    for name in dict.fromkeys(name for lines in sizes.values() for name in lines):
        cells = [f"{name[0]}: {name[1]}"]
        goal = ""
        for lines in sizes.values():
            line = lines.get(name)
            if line is None:
                cells += ["", "", "", ""]
                continue
            goal = line["goal"]
            met = {True: "yes", False: "**no**", None: ""}[line["met"]]
            cells += [_ours(line), _format_rival(line), _ratio(line), met]
        rows.append([*cells, goal])
    return _table([*header, "goal"], rows)


def _ours(line: Line) -> str:
    found = [] if line["ours"] is None else [f"{three(line['ours']['ms'])} ms"]
    if line["amount"] is not None:
        amount = line["amount"]
        # A number of queries is exact.
        is_exact = amount < 1000 and amount == int(amount)
        found.append(f"{int(amount) if is_exact else three(amount)} {line['unit']}")
    return ", ".join(found)


def _format_rival(line: Line) -> str:
    if line["theirs"] is None:
        return str(line["against"])
    return f"{line['against']}: {three(line['theirs']['ms'])} ms"


def _ratio(line: Line | None) -> str:
    if line is None or line["ratio"] is None:
        return ""
    is_faster = "faster" in line["goal"]
    text = f"{three(1 / line['ratio'])}x faster" if is_faster else f"{three(line['ratio'])}x"
    return f"**{text}**" if line["met"] is False else text


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _words(machine: Mapping[str, Any]) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in machine["rows"].items())
    others = [
        # PostgreSQL's version also names the platform that it was compiled for.
        f"{name} {three(value) if isinstance(value, float) else str(value).partition(' on ')[0]}"
        for name, value in machine.items()
        if name != "rows"
    ]
    return f"{counts}; {', '.join(others)}"


if __name__ == "__main__":
    main()
