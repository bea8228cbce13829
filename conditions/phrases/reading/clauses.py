"""Reads clauses and groups of a sentence: the reverse of `clauses`, `groups` and `rows`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import AGGREGATES, Figure
from conditions.language.counted import Counted, form_of
from conditions.language.operators import Operator, Words
from conditions.language.operators.ranks import RankOperator
from conditions.language.phrase import NOT_SAID, Phrase, SpanPhrase
from conditions.language.types import INTEGER, DateType, ValueType
from conditions.phrases import measures
from conditions.phrases.forms import (
    figure_form,
    forms_of,
    is_offered,
    reserved_names,
    rows_forms,
)
from conditions.phrases.joints import CHAIN
from conditions.phrases.measures import kind_of
from conditions.phrases.reading.habits import habits_at, periods_at
from conditions.phrases.reading.ranks import RankKeys, RankReader
from conditions.phrases.reading.steps import chains_at
from conditions.phrases.reading.values import Compared
from conditions.phrases.scan import Bound, Found, Scan
from conditions.phrases.template import Slot, Template, template
from conditions.phrases.writing import groups
from conditions.phrases.writing.clauses import AND, EITHER, OR, Joint
from conditions.sql.place import Relation

Json = dict[str, Any]
_ANSWERS = {
    "yes": ("is", True),
    "not_yes": ("is_not", True),
    "no": ("is", False),
    "not_no": ("is_not", False),
}
_SOMETHING = Slot("counted")


@dataclass(frozen=True)
class Rule:
    """A template, the readers of its slots, and the node that a match means (None: no node)."""

    template: Template
    slots: Mapping[str, Callable[[int, Bound], Found]]
    node: Callable[[Bound], Json | None]


class ClauseReader(RankReader):
    """Reads the clauses of one text; each method returns all readings at a position."""

    def __init__(self, text: str) -> None:
        super().__init__(Scan(text), reserved_names())
        self.text = text
        self._every: list[Attribute] | None = None
        self._rules: dict[str, list[Rule]] = {}

    def attributes(self, inside: Relation | None) -> list[Attribute]:
        if self._every is None:
            self._every = registry.attributes()
        return [one for one in self._every if is_offered(one, inside)]

    # Groups.

    def root_at(self, position: int) -> Found:
        """Return the (match, nodes) of a root."""
        return [
            *self._own_list_at(None, position),
            *(
                (("all", nodes), end)
                for nodes, end in self.all_at(None, position)
                if not is_group_alone(nodes)
            ),
            *(
                (("any", nodes), end)
                for nodes, end in self._list_at(None, OR, self.leaves_at, position)
                if len(nodes) > 1
            ),
        ]

    def all_at(self, inside: Relation | None, position: int) -> Found:
        """Return the nodes of "A, B and C", each of which may be a group."""
        return self._list_at(inside, AND, self._in_all_at, position)

    def _own_list_at(self, inside: Relation | None, position: int) -> Found:
        """Return the (match, nodes) of the bracketed list of the root or a relation group."""
        return [
            ((match, nodes), end)
            for (match, nodes), end in self.listed_at(inside, position)
            if match != "all" or is_group_alone(nodes)
        ]

    def _in_all_at(self, inside: Relation | None, position: int) -> Found:
        return [
            *self.leaves_at(inside, position),
            *(
                ({"match": "any", "conditions": nodes}, end)
                for nodes, end in self._either_at(inside, position)
            ),
            *self._listed_groups_at(inside, position),
        ]

    def _either_at(self, inside: Relation | None, position: int) -> Found:
        def nodes(at: int, _bound: Bound) -> Found:
            found = self._list_at(inside, EITHER, self.leaves_at, at)
            return [(nodes, end) for nodes, end in found if len(nodes) > 1]

        parts = template(_("either %(clauses)s")).parts
        return [
            (bound["clauses"], end)
            for start in self._starts(inside, position)
            for bound, end in self.scan.match(parts, start, {"clauses": nodes})
        ]

    def _listed_groups_at(self, inside: Relation | None, position: int) -> Found:
        return [
            ({"match": match, "conditions": nodes}, end)
            for (match, nodes), end in self.listed_at(inside, position)
        ]

    def listed_at(self, inside: Relation | None, position: int) -> Found:
        def read() -> Found:
            slots = {"clauses": lambda at, _bound: self._items_at(inside, at)}
            return [
                ((match, bound["clauses"]), end)
                for match in groups.LISTS
                for bound, end in self.scan.match(
                    groups.list_template(match, inside).parts, position, slots
                )
            ]

        return self.scan.once(("listed", _name(inside), position), lambda: self.scan.deeper(read))

    def _items_at(self, inside: Relation | None, position: int) -> Found:
        """Return the nodes of "A; B and C; D"."""
        between = str(groups.BETWEEN_ITEMS)
        found: Found = []
        waiting: Found = [([], position)]
        while waiting:
            nodes, at = waiting.pop()
            for node, end in self._item_at(inside, at):
                found.append(([*nodes, node], end))
                if self.scan.begins(between, end):
                    waiting.append(([*nodes, node], end + len(between)))
        return found

    def _item_at(self, inside: Relation | None, position: int) -> Found:
        found = [*self.leaves_at(inside, position), *self._listed_groups_at(inside, position)]
        for match, joint in (("all", AND), ("any", OR)):
            for nodes, end in self._list_at(inside, joint, self.leaves_at, position):
                if len(nodes) > 1:
                    found.append(({"match": match, "conditions": nodes}, end))
        return found

    def _list_at(
        self,
        inside: Relation | None,
        joint: Joint,
        item: Callable[[Relation | None, int], Found],
        position: int,
    ) -> Found:
        """Return the nodes of "A", or of "A, B and C"."""
        lasts = {str(joint.last), str(joint.last_after_commas)}
        between = str(joint.between)
        found: Found = []
        waiting: Found = [([node], at) for node, at in item(inside, position)]
        found += waiting
        while waiting:
            nodes, at = waiting.pop()
            self.scan.step(len(nodes))
            for last in lasts:
                if self.scan.begins(last, at):
                    ends = item(inside, at + len(last))
                    found += [([*nodes, node], end) for node, end in ends]
            if self.scan.begins(between, at):
                following = item(inside, at + len(between))
                waiting += [([*nodes, node], end) for node, end in following]
        return found

    # Rows.

    def where_at(
        self, relation: Relation, position: int, *, nested: bool, closes: bool = False
    ) -> Found:
        """Return the (match, nodes) that choose rows, from the space on.

        With `closes` a list ends with a comma.
        """
        found: Found = [(("all", []), position)]
        if not self.scan.begins(" ", position):
            return found
        if not nested:
            for (match, nodes), end in self._chosen_at(relation, position + 1):
                comma = closes and match == "all" and len(nodes) > 1
                if not comma or self.scan.begins(",", end):
                    found.append(((match, nodes), end + comma))
            return found
        found += [
            (("all", [node]), end)
            for node, end in self.leaves_at(relation, position + 1)
            if "attribute" in node
        ]
        if self.scan.begins(" (", position):
            found += [
                (chosen, end + 1)
                for chosen, end in self._chosen_at(relation, position + 2)
                if self.scan.begins(")", end)
            ]
        return found

    def _chosen_at(self, relation: Relation, position: int) -> Found:
        def read() -> Found:
            return [
                *self._own_list_at(relation, position),
                *((("any", nodes), end) for nodes, end in self._either_at(relation, position)),
                *(
                    (("all", nodes), end)
                    for nodes, end in self._commas_at(relation, position)
                    if not is_group_alone(nodes)
                ),
            ]

        key = ("chosen", relation.name, position)
        return self.scan.once(key, lambda: self.scan.deeper(read))

    def _commas_at(self, relation: Relation, position: int) -> Found:
        """Return the nodes of "A, B, C", and of each beginning of it."""
        found: Found = []
        waiting: Found = [([], position)]
        while waiting:
            nodes, at = waiting.pop()
            self.scan.step(len(nodes))
            for node, end in self._in_all_at(relation, at):
                found.append(([*nodes, node], end))
                if self.scan.begins(", ", end):
                    waiting.append(([*nodes, node], end + 2))
        return found

    # Conditions and relation groups.

    def _starts(self, inside: Relation | None, position: int) -> list[int]:
        """Return where a clause may begin: here, or after "who"."""
        if inside is not None:
            return [position]
        first = pgettext("clause", "who %(clause)s").partition("%")[0]
        further = pgettext("further clause", "%(clause)s").partition("%")[0]
        return [
            position,
            *(
                position + len(words)
                for words in {first, further}
                if words and self.scan.begins(words, position)
            ),
        ]

    def leaves_at(self, inside: Relation | None, position: int) -> Found:
        """Return the conditions and relation groups."""

        def read() -> Found:
            found: Found = []
            for start in self._starts(inside, position):
                for rule in self.rules(inside):
                    for bound, end in self.scan.match(rule.template.parts, start, rule.slots):
                        node = rule.node(bound)
                        if node is not None and (node, end) not in found:
                            found.append((node, end))
                if inside is None:
                    found += self._habits_at(start, found)
            return found

        return self.scan.once(("leaf", _name(inside), position), read)

    def _habits_at(self, position: int, known: Found) -> Found:
        if not self.scan.begins("(", position):
            return []
        found = self.scan.deeper(lambda: habits_at(self, position))
        return [one for one in found if one not in known]

    def rules(self, inside: Relation | None) -> list[Rule]:
        """Return the rules for clauses about a customer, or about a row of `inside`."""
        name = _name(inside)
        if name not in self._rules:
            self._rules[name] = [*self._attribute_rules(inside), *self._relation_rules(inside)]
            if inside is None:
                self._rules[name] += [Rule(*rule) for rule in self.rank_rules()]
        return self._rules[name]

    def _attribute_rules(self, inside: Relation | None) -> Iterator[Rule]:
        for attribute in self.attributes(inside):
            yield from self._rules_of(attribute, inside)
        if inside is None:
            for attribute in self._every or []:
                if attribute.relation is not None:
                    relation = registry.relation(attribute.relation)
                    phrase = attribute.phrase
                    yield from self._compared(attribute, relation, phrase.direct, False)
                    yield from self._compared(attribute, relation, phrase.direct_not, True)

    def _rules_of(self, attribute: Attribute, inside: Relation | None) -> Iterator[Rule]:
        forms = forms_of(attribute, inside, self._every)
        for name, words in forms.special.items():
            yield self._special(attribute, name, words)
        yield from self._compared(attribute, inside, forms.has, False)
        yield from self._compared(attribute, inside, forms.has_not, True)
        if forms.subject is not None:
            yield Rule(
                forms.subject,
                {"is": lambda at, _bound: self.predicates_at(attribute, inside, at)},
                lambda bound: _condition(attribute, *bound["is"]),
            )
        for phrase, name in ((forms.known, "is_not_empty"), (forms.unknown, "is_empty")):
            if phrase is not None and name in attribute.type.operators:
                yield Rule(phrase, {}, partial(_said_alone, attribute, name))

    def _compared(
        self,
        attribute: Attribute,
        inside: Relation | None,
        phrase: Template | Words | None,
        negative: bool,
    ) -> Iterator[Rule]:
        if not phrase:
            return
        words = phrase if isinstance(phrase, Template) else template(str(phrase))

        def node(bound: Bound) -> Json | None:
            compared: Compared = bound["value"]
            name = _name_of(attribute.type, compared.operator, negative)
            return None if name is None else _condition(attribute, name, compared)

        yield Rule(
            words, {"value": lambda at, _bound: self.measures_at(attribute, inside, at)}, node
        )

    def _special(self, attribute: Attribute, name: str, words: Counted) -> Rule:
        if "%(value)s" in form_of(words):
            return Rule(
                Template((_SOMETHING,), (_SOMETHING,)),
                {"counted": lambda at, _bound: self.counted_at(words, at)},
                lambda bound: _node(attribute, name, bound["counted"]),
            )
        operator, _space, number = name.partition(" ")
        operator, value = _ANSWERS.get(
            name, (operator, int(number) if number and attribute.type is INTEGER else number)
        )
        if value == "":
            return Rule(template(form_of(words)), {}, partial(_said_alone, attribute, operator))
        return Rule(template(form_of(words)), {}, lambda _b: _node(attribute, operator, value))

    def predicates_at(self, attribute: Attribute, inside: Relation | None, position: int) -> Found:
        """Return the (operator's name, compared) of a verb with its value."""
        kind = kind_of(attribute.type)
        found: Found = [
            ((name, None), position + len(str(words)))
            for name, words in zip(("is_not_empty", "is_empty"), measures.KNOWN, strict=True)
            if self.scan.begins(str(words), position) and name in attribute.type.operators
        ]
        slots = {"value": lambda at, _bound: self.measures_at(attribute, inside, at)}
        for negative, words in enumerate(kind.copula):
            for bound, end in self.scan.match(template(str(words)).parts, position, slots):
                compared = bound["value"]
                name = _name_of(attribute.type, compared.operator, bool(negative))
                if name is not None and compared.operator.name not in kind.verbs:
                    found.append(((name, compared), end))
        text = {"value": lambda at, _bound: self._one(attribute, at, with_unit=False)}
        for name, pair in kind.verbs.items():
            operator = attribute.type.operators[name]
            for negative, words in enumerate(pair):
                for bound, end in self.scan.match(template(str(words)).parts, position, text):
                    own = _name_of(attribute.type, operator, bool(negative))
                    assert own is not None
                    found.append(((own, Compared(operator, bound["value"])), end))
        return found

    def leads_at(self, position: int) -> Found:
        """Return the condition that stands before "who"."""
        found: Found = []
        self.attributes(None)
        for attribute in self._every or []:
            if attribute.phrase.lead:
                relation = attribute.relation
                inside = None if relation is None else registry.relation(relation)
                lead = template(str(attribute.phrase.lead))
                for rule in self._compared(attribute, inside, lead, False):
                    for bound, end in self.scan.match(lead.parts, position, rule.slots):
                        node = rule.node(bound)
                        if node is not None:
                            found.append((node, end))
        return found

    def _relation_rules(self, inside: Relation | None) -> Iterator[Rule]:
        if inside is None:
            slots = {"steps": lambda at, _bound: chains_at(self, at)}
            yield Rule(template(str(CHAIN)), slots, lambda bound: bound["steps"])
        for relation in registry.relations():
            if inside is None or inside.name in relation.inside:
                yield from self._rules_of_rows(relation, nested=inside is not None)
                if inside is None:
                    yield from self._direct_rules(relation)

    def _rules_of_rows(self, relation: Relation, *, nested: bool) -> Iterator[Rule]:
        forms = rows_forms(relation, nested=nested)

        def where(phrase: Template) -> dict[str, Any]:
            closes = phrase.closes("where") and not nested
            return {
                "where": lambda at, _bound: self.where_at(
                    relation, at, nested=nested, closes=closes
                )
            }

        quantified = [
            ("exists", forms.exists),
            ("exists", forms.exists_at_time),
            ("not_exists", forms.not_exists),
            ("not_exists", forms.not_exists_at_time),
            ("not_exists", forms.never),
            ("every", forms.every),
        ]
        for name, phrase in quantified:
            if phrase is not None:
                yield Rule(
                    phrase,
                    {**where(phrase), "when": lambda at, _bound: self._times_at(relation, at)},
                    partial(_rows, relation, {"aggregate": name}),
                )
        counted = Attribute(code="", label="", type=INTEGER, phrase=Phrase(unit=forms.unit))
        yield Rule(
            forms.count,
            {**where(forms.count), "value": lambda at, _bound: self.numbers_at(counted, at)},
            lambda bound: _rows(
                relation,
                {"aggregate": "count", "operator": bound["value"][0], "value": bound["value"][1]},
                bound,
            ),
        )
        if not nested:
            yield from self._rules_of_habits(relation, forms.exists_at_time)
            if relation.phrase.span is not None:
                yield from self._rules_on_day(relation, relation.phrase.span)
            for (aggregate, code), pair in relation.phrase.figures.items():
                yield from self._own_figures(relation, aggregate, code, pair, where)
        in_brackets = {"where": lambda at, _bound: self.where_at(relation, at, nested=True)}
        for figure in AGGREGATES.values():
            if isinstance(figure, Figure) and figure.needs_of:
                for of_dates in {False, bool(figure.said_of_dates)}:
                    yield self._figure_rule(
                        relation, figure, in_brackets, of_dates=of_dates, nested=nested
                    )

    def _rules_of_habits(self, relation: Relation, did: Template | None) -> Iterator[Rule]:
        if did is not None:
            yield Rule(
                did,
                {"when": lambda at, _bound: periods_at(self, at)},
                lambda bound: {"relation": relation.name, **bound["when"]},
            )

        def node(code: str, bound: Bound) -> Json | None:
            absent = {"attribute": code, "operator": "is_empty"}
            found = {"aggregate": "every", "last": bound["number"]}
            last = {"relation": relation.name, **found, "match": "all", "conditions": [absent]}
            return last if bound["number"] > 1 else None

        for code, words in relation.phrase.none_of_last.items():
            yield Rule(template(str(words)), {"number": self._whole}, partial(node, code))

    def _rules_on_day(self, relation: Relation, phrase: SpanPhrase) -> Iterator[Rule]:
        what, start = registry.attribute(phrase.what), registry.attribute(phrase.start)

        def node(aggregate: str, bound: Bound) -> Json | None:
            if any(bound[slot].operator.name != "is" for slot in slots):
                return None
            value = _condition(what, "is", bound["value"])
            day = _condition(start, "is", bound["day"])
            if value is None or day is None:
                return None
            conditions = phrase.on_day(value["value"], day["value"])
            found = {"match": "all", "conditions": conditions}
            is_day = phrase.is_asked_by(conditions)
            return {"relation": relation.name, "aggregate": aggregate} | found if is_day else None

        slots = {
            "value": lambda at, _bound: self.measures_at(what, relation, at),
            "day": lambda at, _bound: self.measures_at(start, relation, at),
        }
        for aggregate, words in (("exists", phrase.some), ("not_exists", phrase.none)):
            yield Rule(template(str(words)), slots, partial(node, aggregate))

    def _times_at(self, relation: Relation, position: int) -> Found:
        """Return the (match, nodes) of a time alone."""
        return [
            (("all", [node]), end)
            for node, end in self.leaves_at(relation, position)
            if "attribute" in node
        ]

    def numbers_at(self, counted: Attribute, position: int) -> Found:
        """Return the (operator's name, value) of a number of rows."""
        negative = {"value": lambda at, _bound: self.measures_at(counted, None, at)}
        parts = template(pgettext("number", "not %(value)s")).parts
        found = [
            ((one.operator.name, one.value), end)
            for one, end in self.measures_at(counted, None, position)
            if not isinstance(one.value, RankKeys)
        ]
        for bound, end in self.scan.match(parts, position, negative):
            compared = bound["value"]
            name = _name_of(INTEGER, compared.operator, True)
            if name is not None and not isinstance(compared.value, RankKeys):
                found.append(((name, compared.value), end))
        return found

    def _own_figures(
        self, relation: Relation, aggregate: str, code: str, pair: Any, where: Any
    ) -> Iterator[Rule]:
        figure = AGGREGATES[aggregate]
        assert isinstance(figure, Figure)

        def find_attribute(bound: Bound) -> Attribute:
            return self._find(bound["of"]) if not code else registry.attribute(code)

        def measures(at: int, bound: Bound) -> Found:
            of = find_attribute(bound)
            has_own = not code and (aggregate, of.code) in relation.phrase.figures
            if has_own or of.prefix != relation.prefix or not figure.accepts(of):
                return []
            return self.measures_at(_of_figure(figure, of), None, at)

        for negative, words in enumerate(pair):

            def node(bound: Bound, negative: int = negative) -> Json | None:
                of, compared = find_attribute(bound), bound["value"]
                value = _of_figure(figure, of)
                name = _name_of(value.type, compared.operator, bool(negative))
                if name is None:
                    return None
                return _figure_node(relation, figure, of, value, name, compared, bound)

            phrase = template(str(words))
            labels = {"of": lambda at, _bound: self.labels_at(relation, at)}
            yield Rule(phrase, {**where(phrase), **labels, "value": measures}, node)

    def _figure_rule(
        self, relation: Relation, figure: Figure, where: Any, *, of_dates: bool, nested: bool
    ) -> Rule:
        slot = Slot("of")
        of_slot = Template((slot,), (slot,))
        phrase = figure_form(relation, figure, of_slot, of_dates=of_dates, nested=nested)

        def predicates(at: int, bound: Bound) -> Found:
            of = self._find(bound["of"])
            if of.prefix != relation.prefix or not figure.accepts(of):
                return []
            if figure.said_of_dates and of_dates != isinstance(of.type, DateType):
                return []
            return self.predicates_at(_of_figure(figure, of), None, at)

        def node(bound: Bound) -> Json | None:
            of = self._find(bound["of"])
            name, compared = bound["is"]
            return _figure_node(relation, figure, of, _of_figure(figure, of), name, compared, bound)

        return Rule(
            phrase,
            {**where, "of": lambda at, _bound: self.labels_at(relation, at), "is": predicates},
            node,
        )

    def _find(self, code: str) -> Attribute:
        return next(one for one in self._every or [] if one.code == code)

    def _direct_rules(self, relation: Relation) -> Iterator[Rule]:
        forms = rows_forms(relation, nested=False)

        def conditions(at: int, _bound: Bound) -> Found:
            if not self.scan.begins(" ", at):
                return []
            found = self.leaves_at(relation, at + 1)
            return [
                (node, end)
                for node, end in found
                if "attribute" in node
                and self._find(node["attribute"]).relation == relation.name
                and self._operator(node).twin is None
            ]

        def negate_row(bound: Bound) -> Json:
            node = bound["where"]
            type_ = self._find(node["attribute"]).type
            name = _name_of(type_, self._operator(node), True)
            if name is None:  # No condition is the complement: a relation group is.
                return _rows(relation, {"aggregate": "not_exists"}, {"where": ("all", [node])})
            return {**node, "operator": name}

        yield Rule(forms.some_direct, {"where": conditions}, lambda bound: bound["where"])
        yield Rule(forms.none_direct, {"where": conditions}, negate_row)

    def _operator(self, node: Json) -> Operator:
        return self._find(node["attribute"]).type.operators[node["operator"]]


def is_group_alone(nodes: list[Json]) -> bool:
    """Return whether the only node is a group."""
    return len(nodes) == 1 and not {"attribute", "relation", "steps"} & set(nodes[0])


def _name(inside: Relation | None) -> str:
    return "" if inside is None else inside.name


def _name_of(type_: ValueType, operator: Operator, negative: bool) -> str | None:
    """Return the operator's name, or that of its complement; None where it has none."""
    if not negative:
        return operator.name
    if isinstance(operator, RankOperator):
        return f"not_{operator.name}"
    return next((one.name for one in type_.operators.values() if one.twin == operator.name), None)


def _condition(attribute: Attribute, name: str, compared: Compared | None) -> Json | None:
    if compared is None:
        return {"attribute": attribute.code, "operator": name}
    known, value = compared.resolved(attribute)
    return _node(attribute, name, value) if known else None


def _said_alone(attribute: Attribute, name: str, _bound: Bound) -> Json:
    return {"attribute": attribute.code, "operator": name}


def _node(attribute: Attribute, name: str, value: Any) -> Json:
    return {"attribute": attribute.code, "operator": name, **_compared_with(value)}


def _compared_with(value: Any) -> Json:
    return value if isinstance(value, RankKeys) else {"value": value}


def _rows(relation: Relation, node: Json, bound: Bound) -> Json:
    match: str
    nodes: list[Json]
    match, nodes = bound.get("where") or bound.get("when") or ("all", [])
    chosen: Json = {"match": match, "conditions": nodes} if nodes else {}
    return {"relation": relation.name, **node, **chosen}


def _figure_node(
    relation: Relation,
    figure: Figure,
    of: Attribute,
    value: Attribute,
    name: str,
    compared: Compared | None,
    bound: Bound,
) -> Json | None:
    node: Json = {"aggregate": figure.name, "of": of.code, "operator": name}
    if compared is not None:
        known, meant = compared.resolved(value)
        if not known:
            return None
        node |= _compared_with(meant)
    return _rows(relation, node, bound)


def _of_figure(figure: Figure, of: Attribute) -> Attribute:
    """Return the attribute whose type a figure of `of` is compared as."""
    type_ = figure.result_type(of)
    choosing = figure.choosing(of)
    return Attribute(
        code="",
        label="",
        type=type_,
        choices=None if choosing is None else choosing.choices,
        countries=choosing is not None and choosing.countries,
        unit=of.unit if type_ is of.type else "",
        phrase=Phrase(unit=of.phrase.unit) if type_ is of.type else NOT_SAID,
    )
