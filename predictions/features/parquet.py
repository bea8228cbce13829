"""Features as Parquet, for programs that compute; by pyarrow, which nothing else needs."""

import io
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from django.utils.translation import gettext as _

from predictions.features.feature import Feature, ValueKind
from predictions.history.columns import Column
from predictions.history.values import PLACES
from predictions.refusals import Refused

# Customers in one group of rows, at least.
ROWS = 50_000


class _Pieces(io.RawIOBase):
    """A file that is taken away in pieces while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self.pieces.append(piece)
        self._written += len(piece)
        return len(piece)

    def take(self) -> Iterator[bytes]:
        """Yield the bytes that were written since the previous call."""
        pieces, self.pieces = self.pieces, []
        yield from pieces


def require_pyarrow() -> None:
    """Raise `Refused` (`no_pyarrow`) where the extra is not installed."""
    if find_spec("pyarrow") is None:
        message = _("Parquet needs the extra “parquet”: bin/prepare parquet")
        raise Refused("no_pyarrow", message)


def parquet_of(
    features: Sequence[Feature], blocks: Iterable[tuple[Sequence[str], Sequence[Column]]]
) -> Iterator[bytes]:
    """Yield a Parquet file with the columns `id` and those of `features`, piece by piece.

    Whole numbers are int64, numbers float64 of the 6 decimals that CSV has, codes and `id` strings;
    missing values are null.
    """
    import pyarrow
    from pyarrow.parquet import ParquetWriter

    types = {
        ValueKind.WHOLE: pyarrow.int64(),
        ValueKind.NUMBER: pyarrow.float64(),
        ValueKind.CODE: pyarrow.string(),
    }
    schema = pyarrow.schema(
        [("id", pyarrow.string()), *((one.name, types[one.kind]) for one in features)]
    )
    file, waiting, rows = _Pieces(), [], 0
    with ParquetWriter(file, schema) as writer:
        for numbers, columns in blocks:
            cells = [_cells(one, column) for one, column in zip(features, columns, strict=True)]
            waiting.append(pyarrow.table([list(numbers), *cells], schema=schema))
            rows += len(numbers)
            if rows >= ROWS:
                writer.write_table(pyarrow.concat_tables(waiting))
                waiting, rows = [], 0
                yield from file.take()
        if waiting:
            writer.write_table(pyarrow.concat_tables(waiting))
    yield from file.take()


def _cells(feature: Feature, column: Column) -> list[Any]:
    if feature.kind is not ValueKind.NUMBER:
        return column.values()
    # Python's own division is right to the last bit, however large the number.
    return [None if units is None else units / 10**PLACES for units in column.units(PLACES)]
