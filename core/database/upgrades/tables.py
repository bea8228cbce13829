"""The state of the tables while migrations are read: new tables, validated checks, and so on."""

from collections.abc import Callable
from dataclasses import dataclass, field

NAME = r'(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?'


def bare_name(name: str) -> str:
    """Return the name of a table or a column without quotes and schema."""
    return name.split(".")[-1].strip('"')


@dataclass
class Tables:
    """Tables and constraints as the statements read so far have left them."""

    # Made by the migrations that are read: nothing has rows in them yet.
    created: set[str] = field(default_factory=set)
    # Columns (table, column) that a validated check keeps from being null.
    never_null: set[tuple[str, str]] = field(default_factory=set)
    # Constraints (table, name) that are NOT VALID yet, and the column that each keeps from null.
    not_valid: dict[tuple[str, str], str] = field(default_factory=dict)
    # Constraints of `not_valid` that the migration being read added; its transaction holds their
    # locks.
    added_here: set[tuple[str, str]] = field(default_factory=set)
    # Columns (table, column) of this operation that are NOT NULL by a default of the database.
    defaulted: set[tuple[str, str]] = field(default_factory=set)
    # Whether the migration being read is one transaction.
    is_atomic: bool = True
    # Returns the type of a column (table, column) before the operation, with COLLATE and its name
    # where it has one of its own; "" where not known.
    type_of: Callable[[str, str], str] = lambda table, column: ""

    # Returns whether a column (table, column) was NOT NULL before the operation.
    is_required: Callable[[str, str], bool] = lambda table, column: False

    def begin(self, *, is_atomic: bool) -> None:
        """Begin to read another migration."""
        self.is_atomic = is_atomic
        self.added_here.clear()
