"""The XLSX format of tablib, which loads openpyxl (and with it NumPy) at its first use."""

from typing import Any

from tablib.formats import registry


class LazyXLSX:
    """Stands for tablib's own format until one of its attributes is read."""

    def __getattr__(self, name: str) -> Any:
        from tablib.formats._xlsx import XLSXFormat

        return getattr(XLSXFormat, name)


def register_xlsx() -> None:
    """Give tablib the format; to be called before django-import-export, which loads all formats."""
    registry.register("xlsx", LazyXLSX())
