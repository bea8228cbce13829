"""How sentences word attributes and relations: each declares its phrases, used in both directions.

A phrase is the end of "customers who …", with slots; sentences are written and read with it.
`[have|has]` has two forms: a sentence about many customers takes the first, a sentence about one of
them takes the second ("because they …"). In `{whose|their}` the first form is a relative pronoun,
so that the phrase itself refers to the customers.
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
    """The wording of an attribute.

    `has` and `has_not` contain the value that it is compared with: "[have|has] spent %(value)s in
    all". At a customer, `subject` contains the verb too ("{whose|their} e-mail address %(is)s") and
    words all comparisons that the others do not; without `subject` the sentence quotes the label.
    `lead` may stand before "who": "in %(value)s". `direct` and `direct_not` word it for customers
    where the attribute belongs to one of many rows: "[live|lives] in %(value)s".

    `%(label)s` in the first three is the attribute's label.

    `noun` is the figure's name in a rank: "among the top 10 by money spent".

    `special` has the phrases of single operators, by name ("more_than_days_ago"), by name and
    number ("is 0"), for booleans by "yes", "not_yes", "no", "not_no". `unit` is the counted unit,
    where a sentence uses another one than the attribute's own.
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
        """Return whether the attribute is a row's own time, worded as the bare value."""
        return str(self.has) == "%(value)s"


@dataclass(frozen=True)
class SpanPhrase:
    """The phrases of rows that last, for a group about rows that existed on a day.

    `what` is the attribute that names a row, `start` and `end` are its datetimes, `days` counts the
    days between them. `some` and `none` have slots for the row's name (`%(value)s`) and the day
    (`%(day)s`).
    """

    what: str
    start: str
    end: str
    days: str
    some: Words
    none: Words

    def on_day(self, value: Any, day: Any) -> list[dict[str, Any]]:
        """Return the conditions that choose the rows of `value` that existed on `day`."""
        still_there = [
            {"attribute": self.end, "operator": "is_empty"},
            {"attribute": self.end, "operator": "after", "value": day},
        ]
        return [
            {"attribute": self.what, "operator": "is", "value": value},
            {"attribute": self.start, "operator": "on_or_before", "value": day},
            {"match": "any", "conditions": still_there},
        ]

    def not_over_before(self, value: Any, end: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the conditions that choose the rows of `value` that last or whose end is `end`."""
        still_there = [{"attribute": self.end, "operator": "is_empty"}, dict(end)]
        return [
            {"attribute": self.what, "operator": "is", "value": value},
            {"match": "any", "conditions": still_there},
        ]

    def is_asked_by(self, conditions: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether `conditions` are those of `on_day`, for a day and not for an instant."""
        if len(conditions) != 3 or "value" not in conditions[0] or "value" not in conditions[1]:
            return False
        value, day = conditions[0]["value"], conditions[1]["value"]
        is_day = isinstance(day, str) and "T" not in day
        return is_day and list(conditions) == self.on_day(value, day)


@dataclass(frozen=True)
class EventPhrase:
    """The phrases of a row as a step in an order of events; `%(where)s` is its conditions.

    `did` states that there was a row: "bought a product%(where)s". `did_same` is about the product
    of the step before, `did_bare` is the phrase without conditions. The others state that no row
    followed. Languages with a participle have it here; the auxiliary verb stands once for all
    steps.
    """

    did: Words = ""
    did_not: Words = ""
    did_bare: Words = ""
    did_not_bare: Words = ""
    did_same: Words = ""
    did_not_same: Words = ""
    # The shop sent the row, and what customers do next may answer it.
    is_prompt: bool = False


@dataclass(frozen=True)
class RowsPhrase:
    """The wording of a relation; `%(where)s` is the slot for the conditions on its rows.

    `some`, `none` and `every` word the quantifiers, `count` a number of rows with their `unit`;
    `rows` names all rows in figures. `did` and `did_not` replace `some` and `none` where the only
    condition is a time (`%(when)s`), `never` replaces `none` where there is no condition. `any` and
    `not_any` word a condition that stands outside a relation group. `figures` has the phrases of
    single figures, by the aggregate's name and the attribute's code: phrase and complement. The
    code "" stands for all other attributes, whose label is `%(of)s`. `span` has the phrases of rows
    that last, `none_of_last` those for the last `%(number)s` rows all lacking the attribute of that
    code, `event` those of a row in an order of events.
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


# Sentences name an attribute or a relation without a phrase by its label.
NOT_SAID = Phrase()
ROWS_NOT_SAID = RowsPhrase()
