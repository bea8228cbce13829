"""The campaign or sequence of a message: ours, or one of another tool's imported history."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast, Coalesce

from campaigns import models
from campaigns.conditions.names import SEQUENCES_OF_SEGMENTS
from campaigns.models import Campaign, Message
from conditions.attribute import Attribute
from conditions.bases.column import Column
from conditions.language import choices
from conditions.language.operators import Operator, Takes
from conditions.sql.place import Context, Place
from conditions.sql.sources import Read, Source, columns_on_path
from conditions.sql.truth import Truth

if TYPE_CHECKING:
    from conditions.evaluator.facts import Facts

# Longer numbers are the id of no sequence.
MOST_DIGITS = 18


@dataclass(frozen=True, eq=False, kw_only=True)
class CampaignCode(Column):
    """The code of the campaign that sent a message, ours or another tool's; one of `paths`."""

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        return [Coalesce(*(F(path) for path in self._compared_paths(place)))]


@dataclass(frozen=True, eq=False, kw_only=True)
class SequenceCode(Attribute):
    """The id of the sequence that sent a message, as a text, or another tool's code of one."""

    def truth(self, operator: Operator, value: Any, place: Place, context: Context) -> Truth:
        ours, others = self._paths(place)
        if operator.takes is Takes.NOTHING:
            return Truth(Q(**{f"{ours}__isnull": False}) | Q(**{f"{others}__gt": ""}), certain=True)
        codes = [value] if operator.takes is Takes.ONE else list(value)
        found = Q(**{f"{others}__in": codes})
        if numbers := _numbers(codes):
            found |= Q(**{f"{ours}__in": numbers})
        return Truth(found)

    def expressions(self, place: Place, context: Context) -> Sequence[Any]:
        ours, others = self._paths(place)
        return [Coalesce(Cast(F(ours), TextField()), F(others), output_field=TextField())]

    def reads(self, source: Source) -> Iterator[Read]:
        yield from columns_on_path(source, "sequence")
        yield from columns_on_path(source, "external_sequence")

    def read(self, row: Any, facts: "Facts") -> tuple[Any, ...]:
        number = facts.follow(row, self.prefix, "sequence_id")
        code = facts.follow(row, self.prefix, "external_sequence") if number is None else number
        return (str(code),) if code else ()

    def _paths(self, place: Place) -> tuple[str, str]:
        start = place.path(self.prefix)
        return f"{start}sequence_id", f"{start}external_sequence"


def _numbers(codes: Collection[str]) -> list[int]:
    """Return the ids among `codes`, each written as a sequence's id is."""
    found = [int(one) for one in codes if one.isdecimal() and len(one) <= MOST_DIGITS]
    return [one for one in found if str(one) in codes]


def campaigns() -> choices.Choices:
    """Return the open choice of campaigns: ours by their names, another tool's by their codes."""
    ours = choices.of_model(Campaign)
    return _combine_choices(ours, choices.of_column(Message, "external_campaign"))


def sequences() -> choices.Choices:
    """Return the open choice of sequences: the ids of ours, another tool's by their codes."""
    named = models.Sequence.objects.select_related("segment")

    def labels(codes: Collection[str]) -> choices.Labels:
        rows = named.filter(pk__in=_numbers(codes))
        return {str(row.pk): str(row) for row in rows}

    def suggest(text: str, limit: int) -> choices.Labels:
        wanted = text.lower()
        found = {
            str(row.pk): str(row)
            for row in named.order_by("pk")
            if any(wanted in one for one in (str(row.pk), str(row).lower(), row.segment_code))
        }
        return dict(islice(found.items(), limit))

    def nicknames(known: choices.Labels) -> Iterator[tuple[str, str]]:
        rows = named.filter(pk__in=_numbers(list(known)), segment__isnull=False)
        segments = [(str(row.pk), row.segment.name) for row in rows if row.segment is not None]
        times = Counter(name for _code, name in segments)
        for code, name in segments:
            # A segment may have several sequences: its name is that of none of them.
            if times[name] == 1:
                yield from ((code, one.format(name)) for one in SEQUENCES_OF_SEGMENTS)

    ours = choices.Choices(closed=False, labels=labels, suggest=suggest, nicknames=nicknames)
    return _combine_choices(ours, choices.of_column(Message, "external_sequence"))


def _combine_choices(ours: choices.Choices, others: choices.Choices) -> choices.Choices:
    """Return the open choices that are `ours`, or another tool's `others`, which have no names."""

    def labels(codes: Collection[str]) -> choices.Labels:
        known = ours.labels(codes)
        left = [code for code in codes if code not in known]
        return {**known, **others.labels(left)} if left else known

    def suggest(text: str, limit: int) -> choices.Labels:
        found: Mapping[str, str] = {**others.suggest(text, limit), **ours.suggest(text, limit)}
        return dict(sorted(found.items(), key=lambda one: one[1])[:limit])

    def latest(limit: int) -> choices.Labels:
        return suggest("", limit)

    return replace(ours, closed=False, labels=labels, suggest=suggest, latest=latest)
