"""Patches that other tests' threads do not meet."""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


def patch_import(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, **replaced: Any
) -> None:
    """Replace attributes of what `module` imported as `name`, for `module` alone.

    A patch of the imported module itself holds for the whole process: a thread that another test
    left, such as a driver's, would sleep, connect or write through it.
    """
    imported = vars(getattr(module, name))
    monkeypatch.setattr(module, name, SimpleNamespace(**{**imported, **replaced}))
