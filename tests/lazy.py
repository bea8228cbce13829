"""Libraries that take long to import, loaded by the first test that uses them.

Every process collects every test module, so that what one of them imports at its top is imported
by each process. As a plugin of pytest, this module records which of `HEAVY` a test module loads.
"""

import sys
from importlib import import_module
from typing import Any

import pytest

HEAVY = (
    *("httpx", "mlflow", "moto", "openapi_spec_validator", "openpyxl", "pandas", "playwright"),
    *("pyspark", "scipy", "sklearn", "statsmodels", "torch"),
)
# By library: the first test module whose collection loaded it.
loaded_by: dict[str, str] = {}


def pytest_collectreport(report: pytest.CollectReport) -> None:
    for library in HEAVY:
        if library in sys.modules:
            loaded_by.setdefault(library, report.nodeid)


def expect(actual: Any, message: str | None = None) -> Any:
    """Return Playwright's assertions about a page, an element or a response, which wait."""
    from playwright.sync_api import expect as assertions_about

    return assertions_about(actual, message)


class LazyModule:
    """Stand for a heavy library, or a module that imports one, until it is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        # pytest reads `__wrapped__` and `_mock_name` of each object in a test module.
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return getattr(import_module(self._name), attribute)
