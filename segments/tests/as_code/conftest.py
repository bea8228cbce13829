"""Fixtures of directories of definitions."""

from segments.tests.as_code.directories import definitions

__all__ = ["definitions"]
