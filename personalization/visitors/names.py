"""Names of visitors: `v-` and 128 random bits."""

import re

BEGINNING = "v-"
VISITOR = f"{BEGINNING}[0-9a-f]{{32}}"
_is_visitor = re.compile(VISITOR).fullmatch


def is_visitor(number: object) -> bool:
    """Return whether `number` is the id of a visitor."""
    return isinstance(number, str) and _is_visitor(number) is not None
