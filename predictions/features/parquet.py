"""Features as Parquet, for programs that compute; by pyarrow, which nothing else needs."""

import io
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib.util import find_spec
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from predictions.features.feature import Feature, ValueKind
from predictions.refused import Refused
from predictions.values import PLACES, Value, rounded

# Customers in one group of rows.
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
        """Yield what has been written since the last time."""
        pieces, self.pieces = self.pieces, []
        yield from pieces


def require_pyarrow() -> None:
    """Raise `Refused` (`no_pyarrow`) where the extra is not installed."""
    if find_spec("pyarrow") is None:
        message = _("For Parquet install requirements-parquet.txt.")
        raise Refused("no_pyarrow", message)


def parquet_of(
    features: Sequence[Feature], rows: Iterator[tuple[str, list[Value]]]
) -> Iterator[bytes]:
    """Yield a Parquet file with the columns `id` and those of `features`, piece by piece.

    Whole numbers are int64, numbers float64 of the 6 decimals that CSV has, codes and `id` strings;
    what is missing is null.
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
    file = _Pieces()
    with ParquetWriter(file, schema) as writer:
        while chunk := list(islice(rows, ROWS)):
            columns = zip(*(_cells(number, row, features) for number, row in chunk), strict=True)
            writer.write_table(pyarrow.table([list(one) for one in columns], schema=schema))
            yield from file.take()
    yield from file.take()


def _cells(number: str, row: Sequence[Value], features: Sequence[Feature]) -> list[Any]:
    cells = zip(features, row, strict=True)
    return [
        number,
        *(_float(value) if one.kind is ValueKind.NUMBER else value for one, value in cells),
    ]


def _float(value: Value) -> float | None:
    if value is None:
        return None
    assert not isinstance(value, str)
    return float(rounded(Fraction(value), PLACES))
