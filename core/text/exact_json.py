"""JSON whose numbers keep their spelling, so that they can be read as exact decimals."""

import json
from typing import Any


class WrittenFloat(float):
    """A number with a point or an exponent, and how it was written."""

    written: str

    def __new__(cls, written: str) -> "WrittenFloat":
        number = super().__new__(cls, written)
        number.written = written
        return number


class ExactDecoder(json.JSONDecoder):
    """Reads numbers with a point as `WrittenFloat`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, parse_float=WrittenFloat, **options)
