"""A rule tree that is refused: public, since who parses a tree catches it."""

from core.problems import Invalid


class InvalidTree(Invalid):
    """A tree (or its scope) that is refused."""
