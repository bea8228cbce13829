"""Reads values of a sentence: the reverse of `values`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conditions.attribute import Attribute
from conditions.language.counted import MANY, Counted, form_of
from conditions.language.operators import Operator, Takes
from conditions.language.types import INTEGER, DateType, NumberType
from conditions.phrases import measures
from conditions.phrases.forms import quoted_label
from conditions.phrases.measures import PERIODS, kind_of
from conditions.phrases.names import Name, bare_at, codes_of, quotation_at
from conditions.phrases.scan import Bound, Found, Scan
from conditions.phrases.template import template
from conditions.phrases.writing.values import conjunction, part_templates, takes_names, unit_of
from conditions.sql.place import Relation
from core.text.formats import month_names, number_of_day

# Numbers that have a form of their own in some language: 0, 1, 2 and many.
NUMBERS = (MANY, 2, 1, 0)


@dataclass(frozen=True)
class Compared:
    """A positive operator with its value as JSON, or with names that are still to be resolved."""

    operator: Operator
    value: Any
    is_names: bool = False

    def resolved(self, attribute: Attribute) -> tuple[bool, Any]:
        """Return whether the value is known, and the value."""
        if not self.is_names:
            return True, self.value
        codes = codes_of(attribute, self.value)
        if codes is None:
            return False, None
        return True, codes if self.operator.takes is Takes.LIST else codes[0]


class ValueReader:
    """Reads values in the text of `scan`."""

    def __init__(self, scan: Scan, reserved: Collection[str]) -> None:
        self.scan = scan
        self._reserved = reserved
        self._number = re.compile(_number_pattern())
        self._day = re.compile(
            pgettext("date", "%(month)s %(day)s, %(year)s")
            % {
                "month": f"(?P<month>{'|'.join(map(re.escape, month_names()))})",
                "day": rf"(?P<day>{re.escape(number_of_day(1))}(?!\d)|\d{{1,2}})",
                "year": r"(?P<year>\d{1,4})",
            }
        )
        self._months = month_names()

    def measures_at(self, attribute: Attribute, inside: Relation | None, position: int) -> Found:
        """Return the readings of a positive operator with its value at `position`."""
        found: Found = []
        kind = kind_of(attribute.type)
        for operator in attribute.type.operators.values():
            if operator.twin is None and operator.name in kind.measures:
                words = measures.measure_words(attribute, operator.name)
                found += self._measure(attribute, operator, words, position)
                # Figures are compared with values alone.
                if operator.compare is not None and attribute.code:
                    found += self._read_against(operator, words, inside, position)
        return found

    def _measure(
        self, attribute: Attribute, operator: Operator, words: Counted, position: int
    ) -> Found:
        if operator.takes in {Takes.DAYS, Takes.HOURS, Takes.ANNIVERSARY_DAYS}:
            return [
                (Compared(operator, number), end)
                for number, end in self.counted_at(words, position)
            ]
        slots = {
            "value": lambda at, _bound: self._values(attribute, operator, at),
            "low": lambda at, _bound: self._one(attribute, at, with_unit=False),
            "high": lambda at, _bound: self._one(attribute, at, with_unit=True),
        }
        found: Found = []
        for bound, end in self.scan.match(template(form_of(words)).parts, position, slots):
            if operator.takes is Takes.PAIR:
                found.append((Compared(operator, [bound["low"], bound["high"]]), end))
            elif operator.takes is not Takes.NOTHING:
                found.append((Compared(operator, *bound["value"]), end))
        return found

    def counted_at(self, words: Counted, position: int) -> Found:
        """Return the readings of a whole number of days or hours at `position`."""
        found: Found = []
        seen: set[str] = set()
        for number in (0, 1, *NUMBERS):
            text = form_of(words, number)
            if text in seen:
                continue
            seen.add(text)
            one = template(text)
            for bound, end in self.scan.match(one.parts, position, {"value": self._whole}):
                found.append((bound.get("value", number), end))
        return list(dict.fromkeys(found))

    def _whole(self, position: int, _bound: Bound) -> Found:
        return [
            (int(number), end) for number, end in self._decimal(position) if number == int(number)
        ]

    def _values(self, attribute: Attribute, operator: Operator, position: int) -> Found:
        """Return the readings of `%(value)s` for an operator: (value, whether it is names)."""
        if operator.takes is Takes.PERIOD:
            return [
                ((name, False), position + len(str(words)))
                for name, words in PERIODS.items()
                if self.scan.begins(str(words), position)
            ]
        if operator.takes is Takes.PART:
            return self._parts(position)
        if operator.takes is Takes.LIST:
            return self._list(attribute, operator, position)
        if takes_names(attribute, operator):
            return [(([name], True), end) for name, end in self._name(position, bare=False)]
        return [((one, False), end) for one, end in self._one(attribute, position, with_unit=True)]

    def _parts(self, position: int) -> Found:
        def number(at: int, _bound: Bound) -> Found:
            return [(plain_number(one, whole=False), end) for one, end in self._decimal(at)]

        def salt(at: int, _bound: Bound) -> Found:
            quoted = quotation_at(self.scan.text, at)
            return [] if quoted is None else [quoted]

        slots = {"low": number, "high": number, "salt": salt}
        found: Found = []
        for said in part_templates():
            for bound, end in self.scan.match(said.parts, position, slots):
                low = bound.get("low", "0")
                part = {"salt": bound["salt"], "from": low, "to": bound["high"]}
                found.append(((part, False), end))
        return found

    def _list(self, attribute: Attribute, operator: Operator, position: int) -> Found:
        names = takes_names(attribute, operator)

        def element(at: int, *, last: bool = False) -> Found:
            if names:
                return self._name(at, bare=True)
            return self._one(attribute, at, with_unit=last)

        wrapper = template(str(kind_of(attribute.type).list_of_one[operator.name]))
        found: Found = [
            (([bound["value"]], names), end)
            for bound, end in self.scan.match(
                wrapper.parts, position, {"value": lambda at, _bound: element(at, last=True)}
            )
        ]
        first = element(position)
        if not first:
            return found
        value, at = first[0]
        if names and value.is_bare and operator.name != "has_all_of":
            found.append((([value], True), at))
        values = [value]
        last = conjunction(operator)
        while True:
            self.scan.step()
            if self.scan.begins(last, at):
                for value, end in element(at + len(last), last=True):
                    found.append((([*values, value], names), end))
                return found
            following = element(at + 2) if self.scan.begins(", ", at) else []
            if not following:
                return found
            value, at = following[0]
            values.append(value)

    def _name(self, position: int, *, bare: bool) -> Found:
        quoted = quotation_at(self.scan.text, position)
        if quoted is None:
            words = bare_at(self.scan.text, position, self._reserved) if bare else None
            return [] if words is None else [(Name(words[0], True), words[1])]
        text, end = quoted
        if self.scan.begins(" (", end):
            code = quotation_at(self.scan.text, end + 2)
            if code is not None and self.scan.begins(")", code[1]):
                return [(Name(text, False, code[0]), code[1] + 1)]
        return [(Name(text, False), end)]

    def _one(self, attribute: Attribute, position: int, *, with_unit: bool) -> Found:
        if attribute.type.name == "boolean":
            return [
                (value, position + len(words))
                for value, words in ((True, _("yes")), (False, _("no")))
                if self.scan.begins(words, position)
            ]
        if isinstance(attribute.type, DateType):
            slots = {"day": lambda at, _bound: self._point(at)}
            parts = template(str(measures.POINT)).parts
            return [(bound["day"], end) for bound, end in self.scan.match(parts, position, slots)]
        if isinstance(attribute.type, NumberType):
            return self._number_of(attribute, position, with_unit=with_unit)
        quoted = quotation_at(self.scan.text, position)
        return [] if quoted is None else [quoted]

    def _number_of(self, attribute: Attribute, position: int, *, with_unit: bool) -> Found:
        units = self._units(attribute) if with_unit else {""}
        return [
            (plain_number(number, whole=attribute.type is INTEGER), end + len(unit))
            for number, end in self._decimal(position)
            for unit in units
            if self.scan.begins(unit, end)
        ]

    def _units(self, attribute: Attribute) -> set[str]:
        forms = {form_of(unit_of(attribute), number) for number in NUMBERS}
        return {f" {form}" if form else "" for form in forms}

    def _decimal(self, position: int) -> list[tuple[Decimal, int]]:
        found = self._number.match(self.scan.text, position)
        if found is None:
            return []
        thousands = formats.get_format("THOUSAND_SEPARATOR")
        point = formats.get_format("DECIMAL_SEPARATOR")
        plain = found[0].replace(thousands, "").replace(point, ".")
        return [(Decimal(plain), found.end())]

    def _point(self, position: int) -> Found:
        days = self._day_at(position)
        with_time = template(_("%(day)s at %(time)s"))
        slots = {
            "day": lambda at, _bound: self._day_at(at),
            "time": lambda at, _bound: self._time_at(at),
        }
        return days + [
            (f"{bound['day']}T{bound['time']}", end)
            for bound, end in self.scan.match(with_time.parts, position, slots)
        ]

    def _day_at(self, position: int) -> Found:
        found = self._day.match(self.scan.text, position)
        if found is None:
            return []
        month = self._months.index(found["month"]) + 1
        try:
            number = 1 if found["day"] == number_of_day(1) else int(found["day"])
            day = date(int(found["year"]), month, number)
        except ValueError:
            return []
        return [(day.isoformat(), found.end())]

    def _time_at(self, position: int) -> Found:
        found = _TIME.match(self.scan.text, position)
        if found is None:
            return []
        seconds = found[2] or ":00"
        zone = (found[3] or "").replace(" UTC", "") or ("Z" if found[3] else "")
        return [(f"{found[1]}{seconds}{zone}", found.end())]

    def _read_against(
        self, operator: Operator, words: Counted, inside: Relation | None, position: int
    ) -> Found:
        slots = {"value": lambda at, _bound: self.other_at(inside, at)}
        return [
            (Compared(operator, bound["value"]), end)
            for bound, end in self.scan.match(template(form_of(words)).parts, position, slots)
        ]

    def other_at(self, inside: Relation | None, position: int) -> Found:
        """Return the readings of the other side of a comparison: attribute and factor."""
        other = template(str(measures.OTHER))
        slots = {"label": lambda at, _bound: self.labels_at(inside, at)}
        found: Found = [
            ({"attribute": bound["label"]}, end)
            for bound, end in self.scan.match(other.parts, position, slots)
        ]
        if found:
            return found
        slots = {
            "times": lambda at, _bound: list(self._decimal(at)),
            "other": lambda at, _bound: self.scan.match(
                other.parts, at, {"label": lambda at, _bound: self.labels_at(inside, at)}
            ),
        }
        parts = template(str(measures.TIMES)).parts
        return [
            (
                {
                    "attribute": bound["other"]["label"],
                    "times": plain_number(bound["times"], whole=False),
                },
                end,
            )
            for bound, end in self.scan.match(parts, position, slots)
        ]

    def labels_at(self, inside: Relation | None, position: int) -> Found:
        """Return the code of the attribute whose label stands in quotation marks."""
        quoted = quotation_at(self.scan.text, position)
        if quoted is None:
            return []
        label, _end = quoted
        found: Found = []
        for one in self.attributes(inside):
            if str(one.label) == label:
                said = quoted_label(one, inside, self.attributes(inside))
                if self.scan.begins(said, position):
                    found.append((one.code, position + len(said)))
        # A code in brackets belongs to the label: the longest reading wins.
        return sorted(found, key=lambda one: -one[1])[:1]

    def attributes(self, inside: Relation | None) -> list[Attribute]:
        """Return the attributes of a customer, or of a row of `inside`.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError


_TIME = re.compile(r"(\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?( UTC(?:[+-]\d\d:\d\d)?)?")


def _number_pattern() -> str:
    thousands = re.escape(formats.get_format("THOUSAND_SEPARATOR"))
    point = re.escape(formats.get_format("DECIMAL_SEPARATOR"))
    return rf"-?(?:\d{{1,3}}(?:{thousands}\d{{3}})+|\d+)(?:{point}\d{{1,4}}(?!\d))?(?!\d)"


def plain_number(number: Decimal, *, whole: bool) -> int | str:
    """Return a number in the normal form of a tree."""
    if whole and number == int(number):
        return int(number)
    return format((number or Decimal(0)).normalize(), "f")
