"""From a staging table to the columns of a model: ids for names, defaults, what may be updated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.database.fields import folded_fields
from customers.imports.run import Staged
from customers.imports.staging.keys_and_references import REFERRED
from customers.imports.staging.staging_tables import staged_name


@dataclass
class Resolved:
    """A query of the rows as they are to be stored."""

    # Database column -> SQL over the staging table `s` and the joins.
    columns: dict[str, str]
    updatable: list[str]
    source: str
    also: dict[str, str] = field(default_factory=dict)

    @property
    def compared(self) -> list[str]:
        """The updatable columns but for folded copies, which change with their texts alone."""
        return [column for column in self.updatable if not column.endswith("_folded")]

    @property
    def select(self) -> str:
        """The query: source_line and the columns."""
        values = {**self.columns, **self.also}
        chosen = ", ".join(f'{value} AS "{name}"' for name, value in values.items())
        return f"SELECT s.source_line, {chosen} FROM {self.source}"


def resolve(
    staged: Staged, expressions: Mapping[str, str] | None = None, joins: str = ""
) -> Resolved:
    """Return the rows of `staged` as they are stored; `expressions` replace columns by name.

    Each reference is joined as `r_<column>`. Only columns that stand in the file may be updated.
    """
    table = staged.table
    columns: dict[str, str] = {}
    updatable: list[str] = []
    source = f"{staged.stage.name} AS s"
    for column in table.columns:
        if column in table.lists:
            continue
        target = table.field_of(column)
        names = {str(target.column): f's."{target.column}"'}
        if column in table.references:
            referred, key = REFERRED.get(table.references[column], ("", ""))
            if not referred:
                continue
            name = staged_name(table, column)
            source += f' LEFT JOIN {referred} AS r_{column} ON r_{column}.{key} = s."{name}"'
            names = {str(target.column): f"r_{column}.id"}
        else:
            for copy in folded_fields(table.model, [target.name]):
                names[str(copy.column)] = f's."{copy.column}"'
        columns.update(names)
        if staged.has(column) and column not in table.key:
            updatable += names
    columns.update(expressions or {})
    return Resolved(columns, updatable, f"{source} {joins}")
