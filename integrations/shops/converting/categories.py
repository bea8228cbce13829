"""Categories that a source writes as paths of names: nested categories of ours."""

from collections.abc import Iterable, Sequence

from integrations.shops.converting.conversion import Conversion
from integrations.shops.files.layouts import SourceRow
from integrations.shops.files.values import bounded_code, slug_of

BETWEEN = "/"


class CategoryTree:
    """The categories of a conversion's products; a shop has few enough for the memory."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        # Name, the parent's code, file and place of the row by code, parents first.
        self._found: dict[str, tuple[str, str, int, int]] = {}

    def codes(self, paths: Iterable[Sequence[str]], row: SourceRow) -> str:
        """Add the categories of the paths that a row has.

        Return the lowest ones' codes as our list.
        """
        codes = (self._add(path, row) for path in paths)
        return "|".join(dict.fromkeys(filter(None, codes)))

    def add(self, code: str, name: str, row: SourceRow) -> str:
        """Add a category at the top, and return its code within the length that codes have."""
        code = bounded_code(code)
        self._found.setdefault(code, (name, "", row.file, row.place))
        return code

    def write(self) -> None:
        """Write `categories.csv`."""
        table = self._conversion.open_table("categories", [], ("code", "name", "parent"))
        for code, (name, parent, file, place) in self._found.items():
            table.write({"code": code, "name": name, "parent": parent}, file, place)

    def _add(self, path: Sequence[str], row: SourceRow) -> str:
        slugs: list[str] = []
        parent = ""
        for name in path:
            slugs.append(slug_of(name))
            code = bounded_code(BETWEEN.join(slugs))
            self._found.setdefault(code, (name, parent, row.file, row.place))
            parent = code
        return parent
