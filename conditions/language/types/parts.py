"""Random parts: a range of the buckets that one salt draws."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from conditions.language.operators import Operator
from conditions.language.types.base import BadKeys, Value, ValueType
from core.text.exact_numbers import BadValue, number_of
from core.text.formats import quote_value
from core.text.hashes import BUCKETS, bucket

KEYS = ("salt", "from", "to")
SALT = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
LONG_NUMBER = re.compile(r"-?[0-9]{1,14}\.[0-9]{5,}", re.ASCII)
PER_CENT = BUCKETS // 100


@dataclass(frozen=True)
class Part:
    """The units whose bucket of `salt` lies from `low` up to, but not including, `high`."""

    salt: str
    low: int
    high: int

    def has(self, unit: str) -> bool:
        """Return whether `unit` belongs to the part."""
        return self.low <= bucket(self.salt, unit) < self.high


class PartType(ValueType):
    """Random parts: ids in the order of a draw."""

    def parse(self, operator: Operator, raw: Any) -> Value:
        return self.one(raw)

    def one(self, raw: Any) -> Value:
        """Read a part: `{"salt": ..., "from": ..., "to": ...}`, the ends in per cent.

        Raises BadValue where `raw` is no object, BadKeys where keys or their values are wrong.
        """
        if not isinstance(raw, Mapping):
            raise BadValue(
                "not_a_part",
                _("A part is needed here, such as %(example)s.")
                % {"example": '{"salt": "spring", "from": "0", "to": "10"}'},
            )
        wrong = [(str(key), _unknown_key(key)) for key in raw if key not in KEYS]
        wrong += [(key, _missing_key(key)) for key in ("salt", "to") if key not in raw]
        if "salt" in raw and not _is_salt(raw["salt"]):
            text = _("A draw's name has 1 to 64 letters (A to Z), digits or characters of _.:-")
            wrong.append(("salt", BadValue("invalid_text", text)))
        ends: dict[str, Decimal] = {"from": Decimal(0)}
        for key in ("from", "to"):
            try:
                if key in raw:
                    ends[key] = _end(raw[key])
            except BadValue as refusal:
                ends.pop(key, None)
                wrong.append((key, refusal))
        if len(ends) == 2 and ends["from"] >= ends["to"]:
            text = _("The part has to end above where it begins.")
            wrong.append(("to", BadValue("swapped_ends", text)))
        if wrong:
            raise BadKeys(wrong)
        low, high = (int(ends[key] * PER_CENT) for key in ("from", "to"))
        stored = {key: _as_stored_text(raw[key]) for key in KEYS if key in raw}
        return Value(Part(raw["salt"], low, high), stored)


def _is_salt(raw: Any) -> bool:
    return isinstance(raw, str) and SALT.fullmatch(raw) is not None


def _end(raw: Any) -> Decimal:
    """Return an end of a part, in per cent; raises BadValue where `raw` is no end."""
    if isinstance(raw, str) and LONG_NUMBER.fullmatch(raw):
        raise _too_many_decimals()
    try:
        number = number_of(raw)
    except BadValue as refusal:
        if refusal.code in {"empty_value", "not_finite"}:
            raise BadValue("not_a_number", refusal.message) from refusal
        raise
    if number * PER_CENT != int(number * PER_CENT):
        raise _too_many_decimals()
    if not 0 <= number <= 100:
        raise BadValue("out_of_range", _("Per cent from 0 to 100 are needed here."))
    return number


def _too_many_decimals() -> BadValue:
    return BadValue("too_many_decimals", _("Per cent of a part have at most 2 decimals."))


def _unknown_key(key: Any) -> BadValue:
    return BadValue(
        "unknown_key",
        _("“%(key)s” is not a key here; the keys are %(allowed)s.")
        % {"key": key, "allowed": ", ".join(KEYS)},
    )


def _missing_key(key: str) -> BadValue:
    return BadValue("missing_key", _("%(key)s is missing.") % {"key": quote_value(key)})


def _as_stored_text(raw: Any) -> str:
    return raw if isinstance(raw, str) else format(number_of(raw).normalize(), "f")
