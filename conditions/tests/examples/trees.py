"""Trees over the whole registry, made from it, so that a new condition needs no change here."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from conditions import registry
from conditions.attribute import Attribute
from conditions.bases.aggregates import AGGREGATES, Figure
from conditions.language.operators import TAKES_INSTANTS, Operator, Takes
from conditions.language.types import DATETIME, SEGMENT, ValueType, comparable
from conditions.language.windows import PERIODS, UNITS
from conditions.sql.place import Relation
from conditions.tests.examples.awkward_values import AMOUNTS, INSTANTS, TEXTS
from customers.models import CustomerRollup

MATCH = st.sampled_from(["all", "any", "none", "not_all"])
NUMBERS = [str(n) for n in AMOUNTS] + ["1", "2", "3", "7", "30", "31", "365", "-1", "1.5", "0.30"]
TEXT_VALUES = ["1", *(t for t in TEXTS if t)]
TEXT_VALUES += ["an", "%", "_", "\\", "nn", "example.com", "sku-1", "c1"]
DAYS = [
    "2024-03-10",
    "2024-03-09",
    "2024-02-29",
    "2023-10-29",
    "2011-12-30",
    "2000-02-29",
    "1985-03-10",
    "0001-01-01",
    "0001-01-02",
    "9999-12-30",
    "9999-12-31",
]
PARTS = [
    {"salt": "spring", "from": "0", "to": "10"},
    {"salt": "spring", "from": "10", "to": "62.5"},
    {"salt": "a.b:c_d-1", "to": "100"},
    {"salt": "x", "from": 33.33, "to": 100},
]
POINTS = [
    "2024-03-10T12:00:00Z",
    "2024-03-10T02:30",
    "2024-03-09T23:00:00-05:00",
    "2023-10-29T02:30:00",
    "0002-01-01T00:00:00+14:00",
    "9998-12-31T23:59:59-12:00",
]
# Gaps between two events, in hours.
GAPS = st.sampled_from([0, 1, 24, 720, 87_600])
AS_OF = st.sampled_from(
    [
        *INSTANTS[:4],
        datetime(2024, 3, 10, 4, 59, 59, tzinfo=UTC),
        datetime(2023, 2, 28, 13, tzinfo=UTC),
    ]
)


class Every(tuple[Attribute, ...]):
    """All attributes of a shop, read once for many trees; an example is printed without them."""

    def __repr__(self) -> str:
        return "every"


def every_attribute() -> Every:
    """Return all attributes of the shop that is stored now."""
    return Every(registry.attributes())


@st.composite
def trees(draw: Any, depth: int = 3, every: Every | None = None) -> dict[str, Any]:
    """Draw a tree that validates.

    `every`: all attributes, for who draws many trees of one shop.
    """
    return draw(_groups(None, depth, every or every_attribute(), root=True))


@st.composite
def _groups(
    draw: Any,
    relation: Relation | None,
    depth: int,
    every: Every,
    *,
    root: bool = False,
) -> Any:
    least = 0 if root else 1
    size = draw(st.integers(least, 3))
    return {
        "match": draw(MATCH),
        "conditions": [draw(_nodes(relation, depth - 1, every)) for _ in range(size)],
    }


@st.composite
def _nodes(draw: Any, relation: Relation | None, depth: int, every: Every) -> Any:
    kinds = ["condition", "condition"]
    if depth > 0:
        kinds += ["group", "relation"]
        kinds += ["steps"] if relation is None else []
    kind = draw(st.sampled_from(kinds))
    if kind == "steps":
        return draw(_chains(depth - 1, every))
    if kind == "group":
        return draw(_groups(relation, depth, every))
    if kind == "relation":
        inner = [
            one for one in _relations(every) if relation is None or relation.name in one.inside
        ]
        if inner:
            rows = _relation_groups(draw(st.sampled_from(inner)), depth, every, relation is None)
            return draw(rows)
    return draw(_conditions(relation, every))


def _relations(every: Every) -> list[Relation]:
    """Return the relations that have attributes among `every`."""
    prefixes = {one.prefix for one in every}
    return [one for one in registry.relations() if one.prefix in prefixes]


@st.composite
def trees_of_figures(
    draw: Any, depth: int = 3, least: int = 0, every: Every | None = None
) -> dict[str, Any]:
    """Draw a tree that the roll-up alone can answer; `every` as `trees` has it."""
    every = every or every_attribute()
    figures = [one for one in every if one.stored_in is CustomerRollup]
    return draw(_groups_of_figures(figures, depth, every, least))


@st.composite
def trees_of_figures_and_rows(draw: Any, every: Every) -> dict[str, Any]:
    """Draw a tree with figures that the roll-up has, and with what is asked of customers' rows."""
    rows = [one for one in every if one.relation is not None]
    nodes = st.one_of(
        trees_of_figures(2, 1, every),
        _conditions(None, every, rows),
        st.sampled_from(_relations(every)).flatmap(
            lambda one: _relation_groups(one, 2, every, True)
        ),
    )
    groups = st.fixed_dictionaries(
        {"match": MATCH, "conditions": st.lists(nodes, min_size=1, max_size=3)}
    )
    others = draw(st.lists(st.one_of(nodes, groups), min_size=1, max_size=3))
    conditions = draw(st.permutations([draw(trees_of_figures(2, 1, every)), *others]))
    return {"match": draw(MATCH), "conditions": conditions}


@st.composite
def _groups_of_figures(
    draw: Any, figures: list[Attribute], depth: int, every: Every, least: int
) -> Any:
    size = draw(st.integers(least, 3))
    return {
        "match": draw(MATCH),
        "conditions": [draw(_nodes_of_figures(figures, depth - 1, every)) for _ in range(size)],
    }


@st.composite
def _nodes_of_figures(draw: Any, figures: list[Attribute], depth: int, every: Every) -> Any:
    if depth > 0 and draw(st.booleans()):
        return draw(_groups_of_figures(figures, depth, every, 1))
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(BARE))
    return draw(_conditions(None, every, figures))


# What is said of all of a customer's rows, and stands in the roll-up.
BARE = [
    {"relation": "product_views", "aggregate": "exists"},
    {"relation": "sales", "aggregate": "not_exists"},
    {"relation": "sales", "aggregate": "count", "operator": "gte", "value": 2},
    {
        "relation": "sales",
        "aggregate": "sum",
        "of": "order.grand_total",
        "operator": "lt",
        "value": 5,
    },
]


def offered(relation: Relation | None, every: Every | None = None) -> list[Attribute]:
    """Return the attributes that may be named inside `relation` (None: at the customer)."""
    known = [one for one in every or every_attribute() if one.type is not SEGMENT]
    if relation is None:
        return known
    return [one for one in known if one.relation is not None and one.prefix in relation.paths]


@st.composite
def _conditions(
    draw: Any,
    relation: Relation | None,
    every: Every,
    among: list[Attribute] | None = None,
) -> dict[str, Any]:
    attribute = draw(st.sampled_from(among or offered(relation, every)))
    operators = list(attribute.type.operators.values())
    choices = attribute.choices
    if choices is not None and choices.closed and not choices.suggest("", 1):
        # Such as clusters before there are any: whoever asks for one is told so.
        operators = [one for one in operators if one.takes is Takes.NOTHING]
    operator = draw(st.sampled_from(operators))
    node = {"attribute": attribute.code, "operator": operator.name}
    if operator.compare and draw(st.integers(0, 3)) == 0:
        others = [one for one in sides(attribute, relation, every) if not among or one in among]
        if others:
            against: dict[str, Any] = {"attribute": draw(st.sampled_from(others)).code}
            if attribute.type.name in {"integer", "number", "money"} and draw(st.booleans()):
                against["times"] = draw(st.sampled_from(["0.1", "2", "-1", "0", "1.5"]))
            return {**node, "value": against}
    if operator.takes is not Takes.NOTHING:
        node["value"] = draw(values(attribute.type, operator, attribute))
    return node


def sides(
    attribute: Attribute, relation: Relation | None, every: Every | None = None
) -> list[Attribute]:
    """Return the attributes that `attribute` may be compared with."""
    if attribute.type.name in {"set", "category", "segment"} or attribute.values_only:
        return []
    if relation is None and attribute.relation is not None:
        relation = registry.relation(attribute.relation)
    return [
        one
        for one in offered(relation, every)
        if (relation is not None or one.relation is None)
        and one.comparable
        and comparable(attribute.type, one.type)
    ]


@st.composite
def values(draw: Any, type_: ValueType, operator: Operator, attribute: Attribute | None) -> Any:
    """Draw a value that `operator` of `type_` takes."""
    match operator.takes:
        case Takes.DAYS | Takes.HOURS:
            return draw(st.sampled_from([0, 1, 2, 23, 24, 29, 30, 31, 365, 36500]))
        case Takes.ANNIVERSARY_DAYS:
            return draw(st.sampled_from([0, 1, 10, 364, 365, 366]))
        case Takes.PERIOD:
            return draw(st.sampled_from(sorted(PERIODS)))
        case Takes.PART:
            return draw(st.sampled_from(PARTS))
    one = st.sampled_from(pool(type_, operator, attribute))
    if operator.takes is Takes.LIST:
        return draw(st.lists(one, min_size=1, max_size=3))
    if operator.takes is Takes.PAIR:
        low, high = draw(one), draw(one)
        parsed = [type_.one(value).meant for value in (low, high)]
        return [low, high] if type_.in_order(*parsed) else [high, low]
    return draw(one)


def pool(type_: ValueType, operator: Operator, attribute: Attribute | None) -> list[Any]:
    """Return values of `type_` that tell rows of the awkward shops apart."""
    match type_.name:
        case "text":
            return TEXT_VALUES
        case "number" | "money" | "integer":
            return NUMBERS
        case "boolean":
            return [True, False]
        case "date":
            return DAYS
        case "datetime":
            return DAYS + POINTS if operator.name in TAKES_INSTANTS else DAYS
    choices = attribute.choices if attribute else None
    if choices is not None and choices.closed:
        return sorted(choices.suggest("", 20))
    return ["male", "vip", "VIP", "complete", "EUR", "card", "simple", "service", "10off", "none"]


@st.composite
def _relation_groups(
    draw: Any, relation: Relation, depth: int, every: Every, is_direct: bool
) -> dict[str, Any]:
    aggregate = AGGREGATES[draw(st.sampled_from(sorted(AGGREGATES)))]
    node: dict[str, Any] = {"relation": relation.name, "aggregate": aggregate.name}
    times = [one.code for one in offered(relation, every) if one.type is DATETIME]
    if is_direct and (relation.time or times):
        node |= draw(_times(relation, depth, every, times, needs_periods=aggregate.needs_periods))
    elif aggregate.needs_periods:
        return {"relation": relation.name}
    if isinstance(aggregate, Figure):
        if not aggregate.is_offered(relation):
            return {"relation": relation.name}
        of = None
        if aggregate.needs_of:
            own = [one for one in offered(relation, every) if one.prefix == relation.prefix]
            fitting = [one for one in own if aggregate.accepts(one)]
            if not fitting:
                return {"relation": relation.name}
            of = draw(st.sampled_from(fitting))
            node["of"] = of.code
        operator = draw(st.sampled_from(list(aggregate.operators(of).values())))
        node["operator"] = operator.name
        if operator.takes is not Takes.NOTHING:
            node["value"] = draw(
                values(aggregate.result_type(of), operator, aggregate.choosing(of))
            )
    size = draw(st.integers(0, 2))
    if size:
        node["match"] = draw(MATCH)
        node["conditions"] = [draw(_nodes(relation, depth - 1, every)) for _ in range(size)]
    return node


@st.composite
def _times(
    draw: Any,
    relation: Relation,
    depth: int,
    every: Every,
    times: list[str],
    *,
    needs_periods: bool,
) -> dict[str, Any]:
    """Draw the keys of a relation group that are about the time of its rows: as a rule none."""
    found: dict[str, Any] = {}
    if needs_periods:
        unit = draw(st.sampled_from(sorted(UNITS)))
        found["periods"] = {"unit": unit, "count": draw(st.sampled_from([1, 2, 3, 13]))}
    if draw(st.integers(0, 3)) == 0:
        rows = draw(st.sampled_from([1, 2, 3]))
        conditions = [draw(_nodes(relation, depth - 2, every))] if draw(st.booleans()) else []
        group = {"rows": rows, "match": draw(MATCH), "conditions": conditions}
        found[draw(st.sampled_from(["first", "last"]))] = group if conditions else rows
    if found and times and (not relation.time or draw(st.integers(0, 2)) == 0):
        found["at"] = draw(st.sampled_from(times))
    return found


@st.composite
def _chains(draw: Any, depth: int, every: Every) -> dict[str, Any]:
    """Draw an order of events of two or three steps."""
    timed = [one for one in _relations(every) if one.time]
    relations = draw(st.lists(st.sampled_from(timed), min_size=2, max_size=3))
    steps = [draw(_steps(one, depth, every)) for one in relations]
    for step in steps[1:]:
        after, within = sorted(draw(st.tuples(GAPS, GAPS)))
        step |= draw(st.sampled_from([{}, {"after_hours": after}]))
        step |= draw(st.sampled_from([{}, {"within_hours": within}]))
    if draw(st.booleans()):
        steps[-1] = {key: steps[-1][key] for key in steps[-1] if key not in {"only", "after_hours"}}
        steps[-1]["not"] = True
    return {"steps": steps}


@st.composite
def _steps(draw: Any, relation: Relation, depth: int, every: Every) -> dict[str, Any]:
    step: dict[str, Any] = {"relation": relation.name}
    times = [one.code for one in offered(relation, every) if one.type is DATETIME]
    if times and draw(st.integers(0, 3)) == 0:
        step["at"] = draw(st.sampled_from(times))
    if draw(st.integers(0, 3)) == 0:
        step["only"] = draw(st.sampled_from(["first", "last"]))
    if draw(st.booleans()):
        step["match"] = draw(MATCH)
        step["conditions"] = [draw(_nodes(relation, depth - 1, every))]
    return step
