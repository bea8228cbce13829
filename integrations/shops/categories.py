"""Categories that a source writes as paths of names: nested categories of ours."""

from collections.abc import Iterable, Sequence

from integrations.shops.conversion import Conversion
from integrations.shops.values import bounded_code, slug_of

BETWEEN = "/"


class CategoryTree:
    """The categories of a conversion's products; a shop has few enough for the memory."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        # Name and the parent's code by code, parents first.
        self._found: dict[str, tuple[str, str]] = {}

    def codes(self, paths: Iterable[Sequence[str]]) -> str:
        """Add the categories of these paths, and return the lowest ones' codes as our list."""
        return "|".join(dict.fromkeys(filter(None, map(self._add, paths))))

    def add(self, code: str, name: str) -> str:
        """Add a category at the top, and return its code within the length that codes have."""
        code = bounded_code(code)
        self._found.setdefault(code, (name, ""))
        return code

    def write(self) -> None:
        """Write `categories.csv`."""
        table = self._conversion.open_table("categories", [], ("code", "name", "parent"))
        for code, (name, parent) in self._found.items():
            table.write({"code": code, "name": name, "parent": parent}, -1, 0)

    def _add(self, path: Sequence[str]) -> str:
        slugs: list[str] = []
        parent = ""
        for name in path:
            slugs.append(slug_of(name))
            code = bounded_code(BETWEEN.join(slugs))
            self._found.setdefault(code, (name, parent))
            parent = code
        return parent
