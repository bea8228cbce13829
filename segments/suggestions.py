"""Values that an attribute has in the shop's data, for whoever is typing one."""

import time
from itertools import chain

from conditions.attribute import Attribute
from customers.folding import fold
from segments.snapshot import TookTooLong, read_snapshot, time_limit

SHORTEST = 2
SECONDS = 1.0


def suggestions(attribute: Attribute, text: str, limit: int) -> dict[str, str]:
    """Return at most `limit` values with their labels: of choices those with `text` in them, of
    texts those that begin with it, then those that contain it (none below two characters).

    What is not found within a second is left out.
    """
    deadline = time.monotonic() + SECONDS
    found: dict[str, str] = {}
    text = text.replace("\0", "")
    with read_snapshot():
        try:
            if attribute.choices is not None:
                with time_limit(deadline):
                    return dict(attribute.choices.suggest(text, limit))
            if len(text) < SHORTEST:
                return found
            stored = attribute.stored_texts()
            for one, lookup in chain(
                ((one, "startswith") for one in stored), ((one, "contains") for one in stored)
            ):
                if len(found) < limit:
                    with time_limit(deadline):
                        found |= {value: value for value in one.like(lookup, fold(text))[:limit]}
        except TookTooLong:
            pass
    return dict(list(found.items())[:limit])
