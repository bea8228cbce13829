"""Suggestions of known names for unknown ones."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from campaigns.templates.language.names import CONSTANTS
from campaigns.templates.language.shapes import Fields, Shape

# Comparing takes time, and no mistyped name is longer.
LONGEST = 64
_ALIKE = 0.75


def nearest(parts: Sequence[str], scope: Mapping[str, Shape]) -> str:
    """Return the name of `scope` that `parts` probably mean, with its full stops; "" for none."""
    written = ".".join(parts)
    if len(written) > LONGEST:
        return ""
    first, *rest = parts
    shape = scope.get(first)
    if isinstance(shape, Fields) and rest:
        found = get_close_matches(rest[0], shape.names, 1)
        return f"{first}.{found[0]}" if found else ""
    names = [*_names(scope)]
    if found := get_close_matches(written, names, 1, _ALIKE):
        return found[0]
    # A name without its first part: the first known name that ends so.
    lasts = {name.rpartition(".")[2]: name for name in reversed(names)}
    found = [] if rest else get_close_matches(first, lasts, 1, _ALIKE)
    return lasts[found[0]] if found else ""


def _names(scope: Mapping[str, Shape]) -> Iterator[str]:
    for name, shape in scope.items():
        if name not in CONSTANTS:
            yield name
            if isinstance(shape, Fields):
                yield from (f"{name}.{inner}" for inner in shape.names)
