"""How attributes and relations are said: declared once beside each, written and read by a table.

A phrase is the end of "customers who …", with slots. `[have|has]` has two forms: the first stands
in a sentence about many, the second where one of them is spoken of ("because they …"). In
`{whose|their}` the first is a pronoun, with which the phrase itself says whose it is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conditions.language.counted import Counted
from conditions.language.operators import Words

TWO_FORMS = re.compile(r"[\[{]([^|\[\]{}]*)\|([^|\[\]{}]*)[\]}]")


@dataclass(frozen=True)
class Phrase:
    """What is said of an attribute.

    `has` and `has_not` take what it is compared with: "[have|has] spent %(value)s in all". At a
    customer `subject` takes the verb too ("{whose|their} e-mail address %(is)s"); it says whatever
    the others do not, and where it is missing the label stands in quotation marks. `lead` may
    stand before "who": "in %(value)s". `direct` and `direct_not` say it of customers where the
    attribute is one of many rows: "[live|lives] in %(value)s".

    `%(label)s` in the first three is what the attribute is called.

    `noun` is what a rank calls the figure: "among the top 10 by money spent".

    `special` has what one operator says in its own way: by its name ("more_than_days_ago"), by name
    and number ("is 0"), for booleans by "yes", "not_yes", "no", "not_no". `unit` is counted, where
    the attribute's own unit is not what one would say.
    """

    has: Words = ""
    has_not: Words = ""
    subject: Words = ""
    lead: Words = ""
    direct: Words = ""
    direct_not: Words = ""
    noun: Words = ""
    special: Mapping[str, Counted] = field(default_factory=dict)
    unit: Counted = ""

    @property
    def is_time(self) -> bool:
        """Whether it is a row's own time, which is said without further words."""
        return str(self.has) == "%(value)s"


@dataclass(frozen=True)
class SpanPhrase:
    """The phrases of rows that last, for a group that asks which rows there were on a day.

    `what` is the attribute that names a row, `start` and `end` are its datetimes, `days` counts the
    days between them. `some` and `none` take what the row is named (`%(value)s`) and the day
    (`%(day)s`).
    """

    what: str
    start: str
    end: str
    days: str
    some: Words
    none: Words

    def on_day(self, value: Any, day: Any) -> list[dict[str, Any]]:
        """Return the conditions that choose the rows of `value` that there were on `day`."""
        still_there = [
            {"attribute": self.end, "operator": "is_empty"},
            {"attribute": self.end, "operator": "after", "value": day},
        ]
        return [
            {"attribute": self.what, "operator": "is", "value": value},
            {"attribute": self.start, "operator": "on_or_before", "value": day},
            {"match": "any", "conditions": still_there},
        ]

    def is_asked_by(self, conditions: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether these are such conditions, of a day and not of an instant."""
        if len(conditions) != 3 or "value" not in conditions[0] or "value" not in conditions[1]:
            return False
        value, day = conditions[0]["value"], conditions[1]["value"]
        is_day = isinstance(day, str) and "T" not in day
        return is_day and list(conditions) == self.on_day(value, day)


@dataclass(frozen=True)
class EventPhrase:
    """The phrases of a row as a step in an order of events; `%(where)s` is where it is chosen.

    `did` says that there was such a row: "bought a product%(where)s". `did_same` is about the
    product of the step before, `did_bare` stands where nothing else is asked for. The others say
    that no such row followed. Languages with a participle have it here; the verb before or behind
    all steps is that of the whole order.
    """

    did: Words = ""
    did_not: Words = ""
    did_bare: Words = ""
    did_not_bare: Words = ""
    did_same: Words = ""
    did_not_same: Words = ""


@dataclass(frozen=True)
class RowsPhrase:
    """What is said of a relation; `%(where)s` is where its rows are chosen.

    `some`, `none` and `every` are its quantifiers, `count` takes their number with its `unit`;
    `rows` are all of them in figures. `did`, `did_not` say the first two where nothing but a time
    is asked for (`%(when)s`), `never` the second where nothing is. `any` and `not_any` are what a
    condition says that stands outside a relation group. `figures` are said in their own way, by the
    aggregate's name and the attribute's code: phrase and complement. With the code "" they are
    those of all other attributes, whose label is `%(of)s`. `span` has the phrases of rows that
    last, `none_of_last` those of the last `%(number)s` rows in each of which the attribute of a
    code is empty, `event` those of a row in an order of events.
    """

    some: Words = ""
    none: Words = ""
    every: Words = ""
    count: Words = ""
    unit: Counted = ""
    rows: Words = ""
    did: Words = ""
    did_not: Words = ""
    never: Words = ""
    any: Words = ""
    not_any: Words = ""
    figures: Mapping[tuple[str, str], tuple[Words, Words]] = field(default_factory=dict)
    span: SpanPhrase | None = None
    none_of_last: Mapping[str, Words] = field(default_factory=dict)
    event: EventPhrase = field(default_factory=EventPhrase)


# Of what is declared without a phrase sentences say the label.
NOT_SAID = Phrase()
ROWS_NOT_SAID = RowsPhrase()
