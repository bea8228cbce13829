"""The networks that may be fitted and read: an artefact of any other is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.registries import Registry

# The sizes of a network by name: only whole numbers.
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Architecture:
    """A kind of network. `build` returns a network of given sizes (a `torch.nn.Module`).

    `build` imports torch inside: the registry is filled in every process.
    """

    name: str
    build: Callable[[Sizes], Any]


ARCHITECTURES: Registry[Architecture] = Registry("architecture")
