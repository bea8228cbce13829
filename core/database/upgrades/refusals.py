"""Why a migration is refused: codes, the kinds that would be right, and sentences."""

from dataclasses import dataclass
from enum import StrEnum

from core.database.upgrades.kinds import Kind


class Code(StrEnum):
    """A change in a migration that breaks old code or holds a lock for long."""

    INDEX_NOT_CONCURRENT = "index_not_concurrent"
    REWRITES_TABLE = "rewrites_table"
    NOT_NULL_WITHOUT_CHECK = "not_null_without_check"
    CONSTRAINT_VALIDATES = "constraint_validates"
    UNIQUE_WITHOUT_INDEX = "unique_without_index"
    COLUMN_WITHOUT_DATABASE_DEFAULT = "column_without_database_default"
    RENAMES = "renames"
    DROPS = "drops"
    LOCKS_TABLE = "locks_table"
    DATA_IN_TRANSACTION = "data_in_transaction"
    UNKNOWN_SQL = "unknown_sql"


# These break old code but need no long lock: they may run when no old process is left.
_FOR_CONTRACT = {Code.DROPS, Code.COLUMN_WITHOUT_DATABASE_DEFAULT, Code.UNKNOWN_SQL}


@dataclass(frozen=True)
class Finding:
    """One thing that a statement does; `table` is "" where that is not known."""

    code: Code
    text: str
    table: str = ""
    # Whether the change only breaks old code, although its code stands for a lock.
    is_contract: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds, one of which the migration has to declare."""
        if self.is_contract or self.code in _FOR_CONTRACT:
            return Kind.CONTRACT, Kind.OFFLINE
        return (Kind.OFFLINE,)


@dataclass(frozen=True)
class Refusal:
    """A finding in operation `operation` (from 1) of a migration that declares less than it is."""

    migration: str
    operation: int
    declared: Kind
    finding: Finding

    def __str__(self) -> str:
        return f"{self.migration}: operation {self.operation}: {self.finding.text}"

    def document(self) -> dict[str, object]:
        """Return the refusal as JSON has it."""
        return {
            "migration": self.migration,
            "operation": self.operation,
            "code": self.finding.code.value,
            "table": self.finding.table,
            "text": self.finding.text,
            "declared": self.declared.value,
            "needs": [kind.value for kind in self.finding.kinds],
        }
