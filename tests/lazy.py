"""Modules that take long to import, loaded by the first test that uses them."""

from importlib import import_module
from typing import Any


class LazyModule:
    """Stand for a module: import the module when an attribute is first read.

    Every process collects every test module. SciPy and scikit-learn take a second and a half of
    that where a test module imports them at its top.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        # pytest reads `__wrapped__` and `_mock_name` of each object in a test module.
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        return getattr(import_module(self._name), attribute)
