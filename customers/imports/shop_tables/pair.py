"""A file whose rows have lines in another file: what the two have to do with each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from customers.imports.run import Run, Staged
from customers.imports.staging.resolve import Resolved
from customers.imports.staging.staging_tables import staged_name
from customers.imports.tables import Table


@dataclass(frozen=True)
class Rate:
    """The rate into the base currency of a staged line `s`: SQL, and the joins that it needs.

    The line's stored parent is joined as `resolve` joins it.
    """

    value: str
    joins: str


@dataclass(frozen=True)
class Pair:
    """A file whose rows have lines in another file."""

    parents: Table
    lines: Table
    # The column of `lines` that names the parent.
    owner: str
    # Columns of the parent that come from its top-level lines: lines, quantity or total.
    figures: Mapping[str, str]
    # Money of a line, in the currency of its parent.
    amounts: tuple[str, ...]
    rate: Callable[[Staged | None], Rate | None]
    # Checks the parents and says how they are stored.
    resolve_parents: Callable[[Run, Staged], Resolved]

    @property
    def model(self) -> str:
        """The parents' table."""
        return str(self.parents.model._meta.db_table)

    @property
    def lines_model(self) -> str:
        """The lines' table."""
        return str(self.lines.model._meta.db_table)

    @property
    def key(self) -> str:
        """The column of the parents' table by which lines name them."""
        return str(self.parents.field_of(self.parents.key[0]).column)

    @property
    def name(self) -> str:
        """The staged name of a line's parent."""
        return staged_name(self.lines, self.owner)

    @property
    def owner_id(self) -> str:
        """The column of the lines' table that holds the parent's id."""
        return str(self.lines.field_of(self.owner).column)

    @property
    def nested(self) -> bool:
        """Whether a line may be part of another line."""
        return "parent_line" in self.lines.columns
