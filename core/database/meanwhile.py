"""Work that another transaction may come in between."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

from core.database.silence import is_deadlock

T = TypeVar("T")


def tried_again(work: Callable[[], T], *, tries: int, also: type[Exception] | tuple[()] = ()) -> T:
    """Return what `work` returns, which is a transaction of its own.

    It is done again where it and another waited for each other, or it raised `also`; the last of
    `tries` raises what it raises.
    """
    for _attempt in range(tries - 1):
        try:
            return work()
        except also:
            continue
        except OperationalError as error:
            if not is_deadlock(error):
                raise
    return work()
