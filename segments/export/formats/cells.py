"""How a value is written in an export: the same text on every database."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from segments.export.columns import CellType


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


WRITTEN: dict[CellType, Callable[[Any], str]] = {
    CellType.TEXT: str,
    CellType.INTEGER: str,
    CellType.NUMBER: _number,
    CellType.DATE: date.isoformat,
    CellType.DATETIME: _instant,
    CellType.BOOLEAN: lambda value: "true" if value else "false",
}
