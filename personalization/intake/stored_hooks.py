"""What other rooms do in the transaction that stores behaviours; an error undoes all of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.registries import Registry, dotted
from personalization.intake.keeping import Owned


class OnStored(Protocol):
    """Called once with the behaviours that a call stored at an aware instant, not with others."""

    def __call__(self, behaviors: Sequence[Owned], at: datetime, /) -> object: ...


WHEN_STORED: Registry[OnStored] = Registry("hook", dotted)
