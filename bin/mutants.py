"""Mutants: one small mistake each in the code that compiles conditions and maintains members."""

import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Mutant:
    """Something broken; `break_it` does so in this process, ValueError where it no longer can."""

    name: str
    break_it: Callable[[], None]


def mutants() -> Iterator[Mutant]:
    """Yield all mutants. Django must be set up."""
    yield from _of_operators()
    yield from _of_periods()
    yield from _of_relations()
    yield from _of_derived()
    yield from _of_following()
    for where, old, new in EDITS:
        yield Mutant(f"{where}: {old!r} -> {new!r}", lambda e=(where, old, new): _edit(*e))


# (function, what stands in its source exactly once, what stands there instead)
EDITS = [
    # Truth and negation
    ("conditions.sql.truth:complement", "Q(IsNotTrue(truth.q))", "~truth.q"),
    ("conditions.sql.truth:complement", "~truth.q", "truth.q"),
    ("conditions.sql.truth:all_hold", "all(truth.certain for truth in some)", "True"),
    ("conditions.sql.truth:any_of", "all(truth.certain for truth in some)", "True"),
    ("conditions.sql.truth:any_of", "q |= truth.q", "q &= truth.q"),
    ("conditions.nodes.tree:Group.truth", '{"any", "not_all"}) != negated', '{"any", "not_all"})'),
    (
        "conditions.nodes.tree:Group.truth",
        '{"none", "not_all"}) != negated',
        '{"none", "not_all"})',
    ),
    ("conditions.nodes.tree:Group.truth", '{"any", "not_all"}', '{"any"}'),
    ("conditions.nodes.tree:Group.truth", '{"none", "not_all"}', '{"none"}'),
    ("conditions.nodes.tree:Group.truth", "NEVER if disjunctive else ALWAYS", "ALWAYS"),
    ("conditions.nodes.tree:Condition.truth", "negated != bool(self.operator.twin)", "negated"),
    (
        "conditions.nodes.tree:Condition.truth",
        "negated != bool(self.operator.twin)",
        "bool(self.operator.twin)",
    ),
    # A negative operator that asks whether some row is not so
    (
        "conditions.nodes.tree:Condition._positive_truth",
        "rows.where(self._truth_at(rows.place, context)).some()",
        "complement(rows.where(complement(self._truth_at(rows.place, context))).some())",
    ),
    (
        "conditions.nodes.relation_group:RelationGroup.truth",
        "negated != self._is_negative",
        "self._is_negative",
    ),
    ("conditions.nodes.relation_group:RelationGroup._is_negative", ").twin)", ").twin and False)"),
    (
        "conditions.nodes.relation_group:RelationGroup.chosen_rows",
        "rows.where(self.group.truth(rows.place, context, negated=negated))",
        "rows",
    ),
    (
        "conditions.nodes.relation_group:RelationGroup.chosen_rows",
        "negated=negated",
        "negated=False",
    ),
    # Ends of a pair of days or instants
    ("conditions.language.types.dates:_span", "(first[0],", "(first[0] + MICROSECOND,"),
    ("conditions.language.types.dates:_span", "last[1])", "last[1] - MICROSECOND)"),
    ("conditions.language.types.dates:_span", "instant, instant", "instant + MICROSECOND, instant"),
    ("conditions.language.types.dates:_span", "instant, instant", "instant, instant - MICROSECOND"),
    # The order of events
    ("conditions.chains.query:_follows", 'sign="<")', 'sign="<=")'),
    ("conditions.chains.query:_follows", 'sign=">=")', 'sign=">")'),
    ("conditions.chains.query:_is_not_followed", 'sign="<=")', 'sign="<")'),
    ("conditions.chains.query:_is_not_followed", " - MICROSECOND", ""),
    (
        "conditions.chains.query:_is_about_product",
        'yield Compared(sku, Value(""), sign=">")',
        "pass",
    ),
    # Where a condition stands
    ("conditions.sql.place:Place.rows_of", "relation.rows & relation.top", "relation.rows"),
    (
        "conditions.sql.place:Place.rows_of",
        "relation.rows & relation.top if self.relation is None else relation.rows",
        "relation.rows & relation.top",
    ),
    ("conditions.sql.place:Context.category_ids", "grown = below", "grown = False"),
    ("conditions.sql.place:Context.category_ids", "grown = below", "grown = True"),
    ("conditions.sql.place:Context.category_ids", "bool(children)", "False"),
    # Aggregates
    (
        "conditions.bases.aggregates.figures:exact_total",
        "Coalesce(WholeSum(column, **only), 0)",
        "WholeSum(column)",
    ),
    ("conditions.bases.aggregates.figures:_average", "Count(rows.column", "Count('pk'"),
    ("conditions.bases.aggregates.figures:average", "of.type is INTEGER", "False"),
    ("conditions.bases.aggregates.figures:_count_distinct", "distinct=True", "distinct=False"),
    ("conditions.bases.aggregates.figures:_latest", 'F("pk")', "Value(0)"),
    ("conditions.bases.aggregates.figures:_latest", "F(rows.rows.relation.time)", 'F("pk")'),
    ("conditions.sql.expressions:_Median.finalize", "- 1) // 2", ") // 2"),
    ("conditions.sql.expressions:_Median.finalize", "sorted(self._values)", "self._values"),
    ("conditions.sql.expressions:_Median.step", "if value is not None", "if True"),
    ("conditions.sql.expressions:_Latest.step", "self._latest[0] < at", "self._latest[0] > at"),
    (
        "conditions.sql.expressions:_Latest.step",
        "self._latest[0] < at",
        "self._latest[0][0] < at[0]",
    ),
    (
        "conditions.bases.row_figures.aggregated:Aggregated._looked_up",
        "lookup(VALUE, self.type, operator, value)",
        'Q(**{f"{VALUE}__isnull": False})',
    ),
    (
        "conditions.bases.aggregates.figures:_count_distinct",
        'NullIf(rows.column, Value("")) if empty else rows.column',
        "rows.column",
    ),
    ("conditions.bases.aggregates.figures:_count_as_existence", "[(1, None)]", "[(2, None)]"),
    ("conditions.bases.aggregates.figures:_count_as_existence", "[(0, 0)]", "[(1, 1)]"),
    (
        "conditions.bases.aggregates.figures:_count_as_existence",
        "complement(rows.some())",
        "rows.some()",
    ),
    (
        "conditions.bases.aggregates.figures:_max_as_existence",
        "all(high is None for _low, high in bounds)",
        "True",
    ),
    (
        "conditions.bases.aggregates.figures:_min_as_existence",
        "all(low is None for low, _high in bounds)",
        "True",
    ),
    (
        "conditions.bases.row_figures.aggregated:Aggregated.expressions",
        "Coalesce(value, 0) if self.zero else value",
        "value",
    ),
    ("conditions.bases.row_figures.aggregated:in_ranges_by_row", "zero and any", "False and any"),
    ("conditions.bases.row_figures.aggregated:in_ranges_by_row", "zero and any", "any"),
    ("conditions.bases.row_figures.aggregated:in_ranges_by_row", "if zero_fits", "if False"),
    ("conditions.bases.row_figures.aggregated:in_ranges_by_row", "complement(having)", "having"),
    (
        "conditions.bases.row_figures.aggregated:in_ranges_by_row",
        "return complement(_group_truth(",
        "return (_group_truth(",
    ),
    # Columns and custom values
    ("conditions.bases.column:Column._compared_paths", '"_folded" if', '"" if'),
    ("conditions.bases.column:lookup", 'f"{path}__gt": ""', 'f"{path}__isnull": False'),
    ("conditions.bases.column:lookup", "list(value) if", "list(value)[:1] if"),
    ("conditions.bases.column:unit_wrap", "from_units if exact", "(lambda value: value) if exact"),
    (
        "conditions.bases.custom_value:CustomValue._values",
        '"attribute": self.attribute_id',
        '"attribute__gt": 0',
    ),
    # Sets and categories
    ("conditions.bases.codes:Codes.truth", '"has_all_of"', '"has"'),
    ("conditions.bases.codes:Codes._some", "filter(q, ", "filter("),
    ("conditions.bases.category:ProductCategories.truth", '"_or_below"', '"_below_or"'),
    (
        "conditions.bases.category:ProductCategories.truth",
        'operator.name.endswith("_or_below")',
        "True",
    ),
    (
        "conditions.bases.category:ProductCategories.truth",
        "if ids else NEVER",
        "if ids else existing(Exists(rows))",
    ),
    # Derived attributes
    ("conditions.bases.row_figures.combined:_average_gap", "number - 1", "number"),
    ("conditions.bases.row_figures.combined:_average_gap", "zone=clock.zone", "zone='UTC'"),
    ("conditions.bases.row_figures.combined:_average_gap", "last - first", "first - last"),
    (
        "conditions.bases.row_figures.combined:Difference.stored",
        "context) - self",
        "context) + self",
    ),
    (
        "conditions.bases.row_figures.combined:Difference.stored",
        "self.minus.stored(place",
        "self.plus.stored(place",
    ),
    ("conditions.nodes.tree:Group._truths", "exact_for_pending(home, plain, place)", "plain"),
    ("conditions.bases.row_figures.rolled_up:IfPending.as_sql", "{rows} WHERE {said}", "{rows}"),
    ("conditions.bases.row_figures.rolled_up:IfPending.as_sql", "ELSE {said}", "ELSE (1 = 0)"),
    (
        "conditions.bases.row_figures.rolled_up:IfPending.as_sql",
        "{key} IN ({pending_in(self.rollup)})",
        "(1 = 0)",
    ),
    (
        "conditions.bases.row_figures.rolled_up:IfPending.as_sql",
        "self.chosen(connection.alias)",
        "('0', ())",
    ),
    (
        "conditions.bases.row_figures.rolled_up:UpToDate.as_sql",
        "{key} IN ({pending_in(self.rollup)})",
        "(1 = 0)",
    ),
    ("conditions.bases.row_figures.rolled_up:UpToDate.as_sql", "ELSE {said}", "ELSE NULL"),
    (
        "conditions.bases.row_figures.fresh_rows:_query",
        "missing if figure.zero",
        "value if figure.zero",
    ),
    (
        "conditions.bases.row_figures.fresh_rows:_figures_statement",
        "every.q & figure.where",
        "every.q",
    ),
    (
        "conditions.bases.row_figures.fresh_rows:_figures_statement",
        "every.q & figure.where",
        "figure.where",
    ),
    (
        "conditions.bases.row_figures.combined:Latest._attributes",
        "in self.sources",
        "in self.sources[:2]",
    ),
    ("conditions.bases.elapsed:DaysSince.within", "if self.infinite and", "if False and"),
    ("conditions.bases.elapsed:DaysSince.within", "if self.infinite and", "if"),
    ("conditions.bases.elapsed:DaysSince.expressions", "zone=clock.zone", "zone='UTC'"),
    ("conditions.bases.elapsed:_instants", "days[0], days[1]", "days[0], days[0]"),
    # Attribute against attribute
    ("conditions.bases.comparison:_compared_numbers", "if a == b == 1", "if True"),
    ("conditions.bases.comparison:_compared_numbers", "a=a, b=b", "a=b, b=a"),
    ("conditions.bases.comparison:_compare_values", 'sign in {">", ">="}', "False"),
    ("conditions.bases.comparison:_compare_values", "all_hold(known, missing)", "missing"),
    (
        "conditions.bases.comparison:_compare_values",
        'left.type is DATETIME and sign == "="',
        "False",
    ),
    ("conditions.sql.expressions:_compare", "(left * a > right * b)", "(left * a >= right * b)"),
    # Ranges
    ("conditions.sql.ranges:_path_between", "{sign}", "{sign[:2]}"),
    ("conditions.sql.ranges:_range_truth", "sign, end)", "sign, end + 1)"),
    ("conditions.sql.ranges:_range_truth", "sign, end)", "sign, end - 1)"),
    ("conditions.language.windows:contains", "value >= end", "value > end"),
    ("conditions.language.windows:contains", "value <= end", "value < end"),
    # Rounding
    ("conditions.sql.expressions:RoundedQuotient.as_sql", ">= ({divisor})", "> ({divisor})"),
    (
        "conditions.sql.expressions:RoundedQuotient.as_sql",
        "THEN -1 ELSE 1 END",
        "THEN 1 ELSE 1 END",
    ),
    ("conditions.sql.expressions:QuotientCompared.as_sql", "least > 0", "least >= 0"),
    ("conditions.sql.expressions:QuotientCompared.as_sql", "least <= 0", "least < 0"),
    ("conditions.sql.expressions:QuotientCompared.as_sql", "self.bound + 1", "self.bound"),
    ("conditions.sql.expressions:QuotientCompared.as_sql", "2 * least - 1", "2 * least"),
    ("conditions.sql.expressions:QuotientCompared.as_sql", "} + 1) >> 1", "}) >> 1"),
    ("conditions.sql.expressions:QuotientCompared.as_sql", "'<='", "'<'"),
    # Zones and days
    ("conditions.sql.ranges:in_zone", "& truth.q, truth.certain", "| truth.q, truth.certain"),
    ("conditions.sql.ranges:in_zone", 'f"{website}__in"', 'f"{website}__gte"'),
    (
        "conditions.language.windows:Moment.clocks",
        "for zone, ids in self.websites",
        "for zone, ids in zip([z for z, _ in self.websites[::-1]], [i for _, i in self.websites])",
    ),
    (
        "conditions.language.windows:Moment.per_zone",
        "for ids, clock in self.clocks",
        "for ids, clock in self.clocks[:1]",
    ),
    ("conditions.language.windows:instants_of_days", "end - MICROSECOND", "end"),
    # The calendar's ends
    ("conditions.language.windows:start_of_day", "day == date.min", "day <= date(1, 1, 3)"),
    ("conditions.language.windows:start_of_day", "day == date.min", "day.year in (1, 9999)"),
    ("conditions.language.windows:start_of_day", "ZoneInfo(zone)) - inwards", "ZoneInfo(zone))"),
    ("conditions.language.windows:_inwards", "{1: CYCLE, 9999: -CYCLE}", "{1: CYCLE}"),
    ("conditions.language.windows:_inwards", "{1: CYCLE, 9999: -CYCLE}", "{9999: -CYCLE}"),
    ("conditions.language.windows:instants_of_days", "shift_day(last, 1)", "last"),
    ("conditions.language.windows:local_date", "max(number, date.min.toordinal())", "number"),
    ("conditions.language.windows:local_date", ", date.max.toordinal())", ", 10**7)"),
    (
        "conditions.sql.expressions:LatestOf.as_sqlite",
        "COALESCE({instant}, '')",
        "COALESCE({instant}, '0001-01-04')",
    ),
    ("conditions.language.windows:local_instant", "fold=0", "fold=1"),
    ("conditions.language.windows:month_days_ahead", "days in points or", ""),
    (
        "conditions.language.windows:month_days_ahead",
        "contains(bounds, days)",
        "contains(bounds, days + 1)",
    ),
    (
        "conditions.language.types.dates:_instants",
        '"before": (None, point - MICROSECOND)',
        '"before": (None, point)',
    ),
    (
        "conditions.language.types.dates:_instants",
        '"after": (point + MICROSECOND, None)',
        '"after": (point, None)',
    ),
    (
        "conditions.language.types.dates:_instants",
        '"on_or_before": (None, point)',
        '"on_or_before": (None, point - MICROSECOND)',
    ),
    (
        "conditions.language.types.dates:_instants",
        '"on_or_after": (point, None)',
        '"on_or_after": (point + MICROSECOND, None)',
    ),
    ("conditions.language.types.dates:_instants", "(low[0], high[1])", "(low[0], high[0])"),
    ("conditions.language.types.dates:instant_in", "point.tzinfo is not None", "True"),
    # Scope
    ("conditions.sql.scope:Scope.q", "Q(is_active=True)", "Q()"),
    ("conditions.sql.scope:Scope.q", 'self.applies_to != "both"', "False"),
    ("conditions.sql.scope:Scope.q", "if self.website_ids", "if False"),
    ("conditions.sql.scope:Scope.q", "if self.group_ids", "if False"),
    ("conditions.sql.scope:moment_at", "if not scope.website_ids", "if scope.website_ids"),
    # Owed refreshes of a segment
    ("segments.engine.refreshes.runs:leave_to_refresh", "OwedRefresh.objects.bulk_create", "list"),
    ("segments.engine.refreshes.runs:leave_to_refresh", "after_change=True", "after_change=False"),
    ("segments.engine.refreshes.runs:will_see_owed", ".update(run_id=run.pk)", ".count()"),
    (
        "segments.engine.refreshes.execution:_refresh",
        "segment=segment, run_id=run.pk",
        "segment=segment",
    ),
    ("segments.engine.refreshes.execution:_refresh", "if not put_aside:", "if put_aside:"),
    (
        "segments.engine.refreshes.execution:_refresh",
        "OwedRefresh.objects.filter",
        "OwedRefresh.objects.exclude",
    ),
    ("segments.engine.refreshes.shards:plan", "will_see_owed(run)", "pass"),
    ("segments.models.definitions.segment:Segment.stale_reason", " or self.is_owed_refresh", ""),
    (
        "segments.models.definitions.segment:Segment.stale_reason",
        "self.members_version is None",
        "False",
    ),
    (
        "segments.engine.live_changes.changed_customers:_refresh_everything",
        "leave_to_refresh(Segment.objects.automatic())",
        "pass",
    ),
    (
        "segments.engine.live_changes.changed_customers:bring_up_to_date",
        "leave_to_refresh(segments)",
        "pass",
    ),
    ("segments.engine.dependents:dependents_of", "waiting.append(segment)", "pass"),
    ("segments.editing.activation:set_active", ", *on_again", ""),
    ("segments.editing.activation:set_active", "*dependents_of(changed), ", ""),
    ("segments.editing.saving:_store", "owed += dependents_of([segment])", "pass"),
    ("segments.engine.live_changes.passing_time:_mark", "leave_to_refresh([segment])", "pass"),
    ("segments.editing.saving:_store", "(changed or not was_kept)", "changed"),
    ("segments.editing.saving:_store", "(changed or not was_kept)", "not was_kept"),
    ("segments.editing.saving:_store", "lift_quarantine(segment)", "pass"),
    # The customers concerned by a change
    (
        "segments.engine.live_changes.affected_segments:concerned_by",
        "pk in marks.segment_ids or ",
        "",
    ),
    (
        "segments.engine.live_changes.affected_segments:concerned_by",
        "code not in read or ",
        "code in read and ",
    ),
    (
        "segments.rules.in_conditions.references:reachable_codes",
        "waiting |= codes_in(trees.get(one), lists) - seen",
        "pass",
    ),
    (
        "conditions.upkeep.columns:ColumnsRead._of_node",
        '("attribute", "of", "at", "per")',
        '("attribute",)',
    ),
    (
        "conditions.upkeep.columns:_reads_of_attribute",
        "yield from _reads_of_relation(attribute.relation)",
        "yield from ()",
    ),
    # The lane of costly segments
    (
        "segments.engine.live_changes.changed_customers:_bring_up_to_date",
        "mark_for(apart - comparing, marks)",
        "pass",
    ),
    (
        "segments.engine.live_changes.changed_customers:process_batch",
        "due_marks().exclude(segment_id__in=others)",
        "due_marks()",
    ),
    ("segments.engine.live_changes.costly_segments:_process", "leave_to_refresh([chosen])", "pass"),
    ("segments.engine.live_changes.costly_segments:_process", "rolled_up=False", "rolled_up=True"),
    # Segments that compare customers
    (
        "segments.engine.live_changes.changed_customers:_locked_segments",
        "mark_for(comparing, marks, at=now())",
        "pass",
    ),
    ("segments.engine.marks:few_of", "marks.deleted.keys()", "set()"),
    (
        "segments.engine.live_changes.costly_segments:_process",
        "segments[0].compares_customers",
        "False",
    ),
    (
        "segments.engine.live_changes.changed_customers:_bring_up_to_date",
        "mark_for(comparing",
        "(comparing",
    ),
    ("conditions.upkeep.flips:_rank_flips", "yield from _rows_flips", "_rows_flips"),
    ("conditions.upkeep.flips:_rank_flips", "yield from among.flips", "among.flips"),
    ("conditions.upkeep.flips:_rank_flips", "yield from flips", "flips"),
]


def _edit(where: str, old: str, new: str) -> None:
    function, code = edit_function(where, old, new)
    function.__code__ = code  # also changes it in modules that have imported it


def edit_function(where: str, old: str, new: str) -> tuple[Any, Any]:
    """Return a function and its code with `new` for `old`; ValueError where that is not there."""
    module_name, path = where.split(":")
    module = import_module(module_name)
    function: Any = module
    for step in path.split("."):
        function = inspect.unwrap(inspect.getattr_static(function, step))
    function = getattr(function, "func", None) or getattr(function, "fget", None) or function
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(old) != 1:
        raise ValueError(f"{where} has {old!r} {source.count(old)} times")
    lines = source.replace(old, new).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    made: dict[str, Any] = {}
    future = "from __future__ import annotations\n"
    exec(compile(future + "\n".join(lines[start:]), where, "exec"), vars(module), made)
    return function, made[function.__name__].__code__


# The lookup that a mutant uses instead.
_OTHER_LOOKUP = {
    "exact": "startswith",
    "contains": "startswith",
    "startswith": "contains",
    "endswith": "contains",
}


def _of_operators() -> Iterator[Mutant]:
    from conditions.language.types import TYPES
    from conditions.tests.language.truth_table import TABLES

    seen = set()
    for type_ in TYPES.values():
        if id(type_.operators) in seen:  # numbers and money share their operators
            continue
        seen.add(id(type_.operators))
        (table, *_more) = (one for one in TABLES if one.type is type_)
        for operator in type_.operators.values():
            name = f"{type_.name} {operator.name}"
            for what, broken in _broken_variants(operator, type_, table):
                yield Mutant(f"{name}: {what}", _putting(type_.operators, operator.name, broken))


def _putting(operators: Any, name: str, broken: Any) -> Callable[[], None]:
    def put() -> None:
        operators[name] = broken

    return put


def _broken_variants(operator: Any, type_: Any, table: Any) -> Iterator[tuple[str, Any]]:
    if operator.twin is not None:
        yield "the negation dropped", replace(type_.operators[operator.twin], name=operator.name)
        return
    if operator.compare is not None and type_.name not in {"segment", "category", "set"}:
        other = {"=": ">=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}[operator.compare]
        yield f"{operator.compare} as {other}", replace(operator, compare=other)
    if operator.lookup in _OTHER_LOOKUP and type_.name not in {"boolean", "segment"}:
        yield "another lookup", replace(operator, lookup=_OTHER_LOOKUP[operator.lookup])
    if type_.name == "boolean" and operator.lookup == "exact":
        yield "another lookup", replace(operator, lookup="gte")
    values = [type_.parse(operator, raw).meant for raw in table.asked.get(operator.name, [])]
    for end, what in ((0, "begins later"), (1, "ends earlier")):
        if getattr(operator, "days", None) is not None:
            days = [value for value in values if not _is_of_instants(value, type_)]
            if any(_bound(operator.days(value, table.clock), end) is not None for value in days):
                yield what, replace(operator, days=_moved_days(operator.days, end))
        elif operator.ranges is not None and values:
            context = table.clock if type_.name == "datetime" else type_.scale
            if any(
                _bound(bounds, end) is not None
                for value in values
                for bounds in operator.ranges(value, context)
            ):
                yield what, replace(operator, ranges=_moved_ranges(operator.ranges, end))


def _is_of_instants(value: Any, type_: Any) -> bool:
    """Whether an operator of days compares `value` with instants, without asking for its days."""
    # Each end of a pair may be an instant: see the edits of `_span`.
    return isinstance(value, datetime) or (type_.name == "datetime" and isinstance(value, tuple))


def _bound(bounds: Any, end: int) -> Any:
    return None if bounds is None else bounds[end]


def _moved_days(days: Any, end: int) -> Any:
    return lambda value, clock: _move_end(days(value, clock), end)


def _moved_ranges(ranges: Any, end: int) -> Any:
    def move_bounds(value: Any, context: Any) -> list[Any]:
        found = [_move_end(bounds, end) for bounds in ranges(value, context)]
        return [(low, high) for low, high in found if low is None or high is None or low <= high]

    return move_bounds


def _move_end(bounds: Any, end: int) -> Any:
    """Return `bounds` with the end 0 or 1 moved inwards by the smallest step there is."""
    if bounds is None or bounds[end] is None:
        return bounds
    if isinstance(bounds[end], datetime):
        step: Any = timedelta(microseconds=1)
    else:
        step = timedelta(days=1) if isinstance(bounds[end], date) else 1
    low, high = bounds
    return (low + step, high) if end == 0 else (low, high - step)


def _of_periods() -> Iterator[Mutant]:
    from conditions.language.windows import PERIODS

    for name, period in PERIODS.items():
        for end, what in ((0, "begins later"), (1, "ends earlier")):

            def shorten(name: str = name, period: Any = period, end: int = end) -> None:
                PERIODS[name] = lambda today: _move_end(period(today), end)

            yield Mutant(f"period {name}: {what}", shorten)


def _of_relations() -> Iterator[Mutant]:
    from django.db.models import Q

    from conditions import registry

    for relation in registry.relations():
        for part in ("rows", "top"):
            if getattr(relation, part):
                yield Mutant(
                    f"relation {relation.name}: its {part} are not told apart",
                    lambda relation=relation, part=part: object.__setattr__(relation, part, Q()),
                )


def _of_derived() -> Iterator[Mutant]:
    from django.db.models import Q

    from conditions import registry
    from conditions.bases.aggregates import FIGURES, QUANTIFIERS
    from conditions.sql.truth import complement

    for attribute in (one for family in registry.families() for one in family.attributes):
        if getattr(attribute, "where", None):
            yield Mutant(
                f"{attribute.code}: its rows are not told apart",
                lambda attribute=attribute: object.__setattr__(attribute, "where", Q()),
            )
        if getattr(attribute, "zero_if_none", False):
            yield Mutant(
                f"{attribute.code}: missing instead of 0",
                lambda attribute=attribute: object.__setattr__(attribute, "zero_if_none", False),
            )
    for figure in FIGURES.values():
        yield Mutant(
            f"aggregate {figure.name}: 0 and missing confused",
            _setting(figure, "zero", not figure.zero),
        )
        for other in FIGURES.values():
            if other is not figure and other.takes == figure.takes and other.picks == figure.picks:
                yield Mutant(
                    f"aggregate {figure.name}: as {other.name}", _setting(figure, "sql", other.sql)
                )
    every = QUANTIFIERS["every"]
    for what, truth in (
        ("of no row, too", lambda rows, chosen: complement(chosen(negated=True).some())),
        ("of some row", lambda rows, chosen: rows.some()),
    ):
        yield Mutant(f"aggregate every: {what}", _setting(every, "truth", truth))


def _setting(one: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: object.__setattr__(one, name, value)


def _of_following() -> Iterator[Mutant]:
    from customers.changes import sqlite
    from customers.changes.declared import declared

    for marked in declared():
        for name in sqlite.expected_triggers(marked):
            if name.endswith("_followed"):
                yield Mutant(f"trigger {name} is missing", lambda name=name: _drop(name))


def _drop(trigger: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{trigger}"')
