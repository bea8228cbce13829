"""The error for a refused rule tree; public, since callers of the parser catch it."""

from core.problems import Invalid


class InvalidTree(Invalid):
    """A tree (or its scope) that is refused."""
