"""A rule tree as lines of JSON, each with its problems."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.problems import Problem

INDENT = "  "


@dataclass(frozen=True)
class Line:
    """A line of the tree, and its problems."""

    text: str
    problems: tuple[str, ...]


def printable(text: str) -> str:
    """Return `text` with lone surrogates, which no page can contain, escaped as in JSON."""
    return text.encode(errors="backslashreplace").decode()


def marked_lines(text: str, problems: Sequence[Problem]) -> list[Line]:
    """Return the lines of the tree `text` with problems; empty where it is no valid JSON.

    A problem with a missing key is at the first line of its node.
    """
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return []
    lines = list(_lines(tree, "", ""))
    places: dict[int, list[str]] = {}
    for problem in problems:
        place = _place(problem.path, [path for path, _ in lines])
        places.setdefault(place, []).append(printable(problem.message))
    return [Line(printable(line), tuple(places.get(i, ()))) for i, (_, line) in enumerate(lines)]


def _place(path: str, paths: list[str]) -> int:
    while path not in paths:
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return paths.index(path)


def _lines(value: Any, path: str, indent: str, key: str = "", end: str = "") -> Iterator[Any]:
    """Yield (path, line) for `value`, written after `key` and before `end`."""
    inner = indent + INDENT
    if isinstance(value, dict) and value:
        yield path, f"{indent}{key}{{"
        for index, (name, child) in enumerate(value.items(), 1):
            label = f"{json.dumps(name, ensure_ascii=False)}: "
            child_path = f"{path}.{name}" if path else name
            yield from _lines(child, child_path, inner, label, "," if index < len(value) else "")
        yield path, f"{indent}}}{end}"
    elif isinstance(value, list) and any(isinstance(child, dict) for child in value):
        yield path, f"{indent}{key}["
        for index, child in enumerate(value):
            last = index == len(value) - 1
            yield from _lines(child, f"{path}[{index}]", inner, "", "" if last else ",")
        yield path, f"{indent}]{end}"
    else:
        yield path, f"{indent}{key}{json.dumps(value, ensure_ascii=False)}{end}"
