"""Work that another transaction may come in between."""

from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError

from customers.silence import is_deadlock

T = TypeVar("T")
TRIES = 3


def tried_again(work: Callable[[], T]) -> T:
    """Return what `work` returns, which is a transaction of its own.

    It is done again where a customer was erased or merged before it was committed, or where it and
    another waited for each other; the last time what is raised then is raised.
    """
    for _attempt in range(TRIES - 1):
        try:
            return work()
        except IntegrityError:
            continue
        except OperationalError as error:
            if not is_deadlock(error):
                raise
    return work()
