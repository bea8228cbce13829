"""Analysis of a RunPython's function: the tables it changes, and whether in small batches."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from core.database.upgrades.statements import LIMIT, MOST_ROWS

# Arguments that say how many rows are taken at a time.
SIZES = {"batch_size", "chunk_size", "size", "batch"}


def is_in_batches(function: Callable[..., Any]) -> bool:
    """Return whether `function` takes at most 10,000 rows at a time, judged by its source.

    True where the source has a loop and a batch size, and no batch size is larger. A batch size is
    a slice (`rows[:BATCH]`), a step of `range`, an argument such as `batch_size`, or LIMIT in SQL.
    """
    trees = list(_trees(function))
    sizes = [size for tree, values in trees for size in _sizes(tree, values)]
    loops = any(
        isinstance(node, ast.For | ast.While) for tree, _v in trees for node in ast.walk(tree)
    )
    return loops and bool(sizes) and max(sizes) <= MOST_ROWS


def models_of(function: Callable[..., Any]) -> set[tuple[str, str]]:
    """Return the models (app, name) that `function` gets by `get_model` with plain texts."""
    found = set()
    for tree, _values in _trees(function):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get_model":
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                parts = str(texts[0]).split(".") if len(texts) == 1 else [str(one) for one in texts]
                # A name that is not a plain text may be any model.
                found.add((parts[0], parts[1].lower()) if len(parts) == 2 else ("", ""))
    return found


def _trees(function: Callable[..., Any]) -> Iterator[tuple[ast.AST, dict[str, Any]]]:
    """Yield the syntax trees of `function` and of the functions of its module that it names."""
    waiting, seen = [function], set()
    while waiting:
        one = inspect.unwrap(waiting.pop())
        if not isinstance(one, FunctionType) or one in seen:
            continue
        seen.add(one)
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
        except (OSError, TypeError, SyntaxError):
            continue
        values = one.__globals__
        yield tree, values
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        others = [values[name] for name in names if name in values]
        waiting += [other for other in others if getattr(other, "__module__", "") == one.__module__]


def _sizes(tree: ast.AST, values: dict[str, Any]) -> Iterator[int]:
    for node in ast.walk(tree):
        given: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            given = [node.slice.upper]
        elif isinstance(node, ast.Call):
            given = [word.value for word in node.keywords if word.arg in SIZES]
            if getattr(node.func, "id", "") == "range" and len(node.args) == 3:
                given.append(node.args[2])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (int(number) for number in LIMIT.findall(node.value))
        for expression in given:
            if isinstance(expression, ast.Constant) and isinstance(expression.value, int):
                yield expression.value
            elif isinstance(expression, ast.Name) and isinstance(values.get(expression.id), int):
                yield values[expression.id]
