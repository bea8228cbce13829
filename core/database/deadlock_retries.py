"""Retries transactions that end in a deadlock with another one."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError

from core.database.idle_timeouts import is_deadlock

T = TypeVar("T")


def tried_again(work: Callable[[], T], *, tries: int, also: type[Exception] | tuple[()] = ()) -> T:
    """Return the result of `work`, a transaction of its own, retrying it up to `tries` times.

    `work` is retried after a deadlock with another transaction and after an error of the type
    `also`; the last attempt raises any error.
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
