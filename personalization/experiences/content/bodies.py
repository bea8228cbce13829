"""The body of a piece of content: any JSON that both databases keep as it is."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.problems import Problem
from core.resources.fields import Checked
from core.text.json_documents import can_be_stored

MOST_BODY, DEEPEST_BODY = 8 * 1024, 8


class _NotPlain(ValueError):
    pass


def check_body(body: Mapping[str, Any], _stored: Any) -> Checked:
    """Return the body as JSON has it, and what cannot be kept so."""
    try:
        plain = _plain(body, DEEPEST_BODY)
    except _NotPlain as error:
        return Checked({}, [Problem("", "invalid", str(error))])
    if len(str(plain)) > MOST_BODY:
        return Checked(plain, [Problem("", "too_large", _("At most 8 KB."))])
    return Checked(plain)


def _plain(value: Any, depth: int) -> Any:
    if not depth:
        raise _NotPlain(_("It is nested too deep."))
    if isinstance(value, Mapping):
        return {_plain(key, depth): _plain(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, depth - 1) for one in value]
    if isinstance(value, str) and not can_be_stored(value):
        raise _NotPlain(_("There is a character in it that cannot be stored."))
    if isinstance(value, Decimal | float):
        number = float(value)
        if not math.isfinite(number):
            raise _NotPlain(_("There is a number in it that is too large."))
        return number
    if isinstance(value, int) and abs(value) > 2**53:
        raise _NotPlain(_("There is a number in it that is too large."))
    return value
