"""Reads ranks of a sentence: the reverse of `ranks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import FIGURES, Figure
from conditions.language.operators.ranks import RANKS, Measure, RankOperator
from conditions.language.types import INTEGER, DateType, NumberType, RangeType
from conditions.phrases.names import codes_of
from conditions.phrases.reading.habits import last_periods_at
from conditions.phrases.reading.values import Compared, ValueReader, plain_number
from conditions.phrases.scan import Bound, Found
from conditions.phrases.template import Slot, Template, template
from conditions.phrases.writing import ranks
from conditions.ranking.population import find_memberships
from conditions.sql.place import Relation

Json = dict[str, Any]
RankRule = tuple[Template, Mapping[str, Callable[[int, Bound], Found]], Callable[[Bound], Json]]
_OF = Template((Slot("of"),), (Slot("of"),))


class RankKeys(dict[str, Any]):
    """The keys that a rank adds to a node in the place of a value."""


class RankReader(ValueReader):
    """Reads places among others, and amounts such as "1.5 times the average"."""

    def where_at(
        self, relation: Relation, position: int, *, nested: bool, closes: bool = False
    ) -> Found:
        """Return the (match, nodes) that choose rows.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def listed_at(self, inside: Relation | None, position: int) -> Found:
        """Return the (match, nodes) that stand in brackets.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def measures_at(self, attribute: Attribute, inside: Relation | None, position: int) -> Found:
        found = super().measures_at(attribute, inside, position)
        is_ranked = isinstance(attribute.type, NumberType) and attribute.relation is None
        return found + self._amounts_at(position) if is_ranked and inside is None else found

    def rank_rules(self) -> Iterator[RankRule]:
        """Yield the rules for places, and for numbers of rows compared with an amount."""
        for operator in RANKS.values():
            if operator.is_place:
                yield self._place_rule(operator)
        for relation in registry.relations():
            for figure in (FIGURES["count"], FIGURES["active_periods"]):
                yield self._counted_rule(relation, figure)

    def _place_rule(self, operator: RankOperator) -> RankRule:
        whole = operator.measure is Measure.NUMBER

        def node(bound: Bound) -> Json:
            value = plain_number(bound["value"], whole=whole)
            keys = {"operator": operator.name, "value": value}
            return {**bound["figure"], **keys, **bound["ties"], **bound["among"], **bound["per"]}

        return (
            ranks.place_template(operator),
            {
                "value": lambda at, _bound: list(self._decimal(at)),
                "ties": lambda at, _bound: self._ties_at(at),
                "figure": lambda at, _bound: self._figures_at(at),
                **self._among_and_per,
            },
            node,
        )

    def _counted_rule(self, relation: Relation, counting: Figure) -> RankRule:
        """Return the rule of a number of rows or of periods with rows.

        Sentences word other figures as in comparisons.
        """
        counted = Attribute(code="", label="", type=INTEGER)
        figure = ranks.figure_noun(relation, counting, "", of_dates=False)

        def read_rank(at: int, _bound: Bound) -> Found:
            return [
                (keys, end)
                for (name, compared), end in self.predicates_at(counted, None, at)
                if compared is not None and isinstance(compared.value, RankKeys)
                for keys in [{"operator": name, **compared.value}]
            ]

        return (
            template(str(ranks.FIGURE_IS)).fill(figure=figure),
            {**self._where(relation), **self._periods, "is": read_rank},
            lambda bound: {
                "relation": relation.name,
                "aggregate": counting.name,
                **bound["is"],
                **_population_keys(bound),
            },
        )

    def predicates_at(self, attribute: Attribute, inside: Relation | None, position: int) -> Found:
        """Return the (operator's name, compared) of a verb with its value.

        Raises NotImplementedError; subclasses override it.
        """
        raise NotImplementedError

    def _figures_at(self, position: int) -> Found:
        slots = {"figure": lambda at, _bound: self._figures_of_rows_at(at)}
        return [
            *(
                ({"attribute": code}, position + len(noun))
                for noun, code in self._nouns
                if self.scan.begins(noun, position)
            ),
            *(
                (bound["figure"], end)
                for bound, end in self.scan.match(
                    template(str(ranks.THIS_FIGURE)).parts, position, slots
                )
            ),
        ]

    @cached_property
    def _nouns(self) -> list[tuple[str, str]]:
        every = self.attributes(None)
        ranked = [one for one in every if isinstance(one.type, RangeType)]
        return [(ranks.noun_of(one, every), one.code) for one in ranked]

    def _figures_of_rows_at(self, position: int) -> Found:
        found: Found = []
        for relation in registry.relations():
            for figure in FIGURES.values():
                for of_dates in {False, bool(figure.said_of_dates)}:
                    noun = ranks.figure_noun(relation, figure, _OF, of_dates=of_dates)
                    of_rows = {**self._where(relation), **self._periods}
                    slots = {**of_rows, "of": self._labels(relation)}
                    for bound, end in self.scan.match(noun.parts, position, slots):
                        if _is_said_so(figure, bound.get("of"), of_dates=of_dates):
                            of = {"of": bound["of"]} if "of" in bound else {}
                            node = {"relation": relation.name, "aggregate": figure.name, **of}
                            found.append(({**node, **_population_keys(bound)}, end))
        return found

    def _labels(self, relation: Relation) -> Callable[[int, Bound], Found]:
        return lambda at, _bound: self.labels_at(relation, at)

    @property
    def _periods(self) -> dict[str, Callable[[int, Bound], Found]]:
        return {"periods": lambda at, _bound: last_periods_at(self, at)}

    def _where(self, relation: Relation) -> dict[str, Callable[[int, Bound], Found]]:
        return {"where": lambda at, _bound: self.where_at(relation, at, nested=True)}

    def _amounts_at(self, position: int) -> Found:
        """Return the comparisons with an amount: (Compared, end)."""
        slots = {"times": lambda at, _bound: list(self._decimal(at)), **self._among_and_per}
        found: Found = []
        for name, both in ranks.AMOUNTS.items():
            for words in both:
                for bound, end in self.scan.match(template(str(words)).parts, position, slots):
                    times = bound.get("times")
                    factor = {} if times is None else {"times": plain_number(times, whole=False)}
                    keys = RankKeys({**factor, **bound["among"], **bound["per"]})
                    found.append((Compared(RANKS[name], keys), end))
        return found

    @property
    def _among_and_per(self) -> dict[str, Callable[[int, Bound], Found]]:
        return {
            "among": lambda at, _bound: self._among_at(at),
            "per": lambda at, _bound: self._per_at(at),
        }

    def _ties_at(self, position: int) -> Found:
        words = str(ranks.TIES)
        out: Found = (
            [({"ties": "out"}, position + len(words))] if self.scan.begins(words, position) else []
        )
        return [({}, position), *out]

    def _per_at(self, position: int) -> Found:
        return [
            ({}, position),
            *(
                ({"per": code}, end)
                for code, words in ranks.PER.items()
                for _bound, end in self.scan.match(template(str(words)).parts, position, {})
            ),
        ]

    def _among_at(self, position: int) -> Found:
        found: Found = [({}, position)]
        memberships = find_memberships()
        if memberships is not None:
            name = {"segment": lambda at, _bound: self._name(at, bare=False)}
            parts = template(str(ranks.OF_SEGMENT)).parts
            for bound, end in self.scan.match(parts, position, name):
                codes = codes_of(memberships, [bound["segment"]])
                if codes is not None:
                    found.append(({"among": {"segment": codes[0]}}, end))
        group = {"group": lambda at, _bound: self.listed_at(None, at)}
        for bound, end in self.scan.match(template(str(ranks.OF_GROUP)).parts, position, group):
            match, nodes = bound["group"]
            found.append(({"among": {"match": match, "conditions": nodes}}, end))
        return found


def _is_said_so(figure: Figure, of: str | None, *, of_dates: bool) -> bool:
    if of is None or not figure.said_of_dates:
        return not of_dates
    return of_dates == isinstance(registry.attribute(of).type, DateType)


def _population_keys(bound: Bound) -> Json:
    match, nodes = bound["where"]
    periods = {"periods": bound["periods"]} if "periods" in bound else {}
    return periods | ({"match": match, "conditions": nodes} if nodes else {})
