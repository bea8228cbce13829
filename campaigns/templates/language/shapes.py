"""Shapes of values before rendering: the attributes that a value has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union


@dataclass(frozen=True)
class Leaf:
    """A text, a number or a date: nothing is below it."""


@dataclass(frozen=True)
class Anything:
    """A value of unknown shape."""


@dataclass(frozen=True)
class Placements:
    """The contents of placements by their codes, which are not known here."""


@dataclass(frozen=True)
class Shown:
    """The content of one placement: a mapping whose names depend on the content."""


@dataclass(frozen=True)
class Fields:
    """A mapping with these names and no others."""

    names: Mapping[str, "Shape"]


@dataclass(frozen=True)
class Items:
    """A list whose items are all alike."""

    item: "Shape"


Shape = Union[Leaf, Anything, Placements, Shown, Fields, Items]  # noqa: UP007 (the classes name it before it is there)

LEAF = Leaf()
ANYTHING = Anything()
PLACEMENTS = Placements()
SHOWN = Shown()


def shape_of_name(shape: Shape, name: str) -> Shape | None:
    """Return the shape of `name` below `shape`, None where there is no such name."""
    if isinstance(shape, Placements):
        return SHOWN
    if isinstance(shape, Anything | Shown):
        return ANYTHING
    if isinstance(shape, Fields):
        return shape.names.get(name)
    if isinstance(shape, Items) and name.isdecimal():
        return shape.item
    return None


def item_of(shape: Shape) -> Shape:
    """Return the shape of the loop variable in a loop over `shape`."""
    if isinstance(shape, Items):
        return shape.item
    return ANYTHING if isinstance(shape, Anything | Shown) else LEAF


def shape_of_filtered(shape: Shape, name: str, given: list[Shape]) -> Shape:
    """Return the shape of the result of the filter `name`, with the arguments `given`."""
    if name == "first":
        return item_of(shape)
    if name == "default":
        return shape if all(one in (LEAF, shape) for one in given) else ANYTHING
    return LEAF
