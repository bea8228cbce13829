"""A rule tree that is refused."""

from customers.problems import Invalid


class InvalidTree(Invalid):
    """A tree (or its scope) that is refused."""
