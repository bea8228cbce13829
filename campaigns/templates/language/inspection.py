"""Inspection of a template's nodes: unknown names, placements, and warnings."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.base import TextNode, Variable, VariableNode
from django.template.defaulttags import IfNode, WithNode
from django.utils.translation import gettext as _

from campaigns.templates.language.expressions import Expression
from campaigns.templates.language.names import CONSTANTS, NAMES, forloop
from campaigns.templates.language.nodes import Loop
from campaigns.templates.language.parsing import MailTemplate
from campaigns.templates.language.shapes import (
    ANYTHING,
    LEAF,
    Placements,
    Shape,
    item_of,
    shape_of_filtered,
    shape_of_name,
)
from campaigns.templates.language.suggestions import nearest
from campaigns.templates.language.warnings import (
    Doubt,
    empty_links_in,
    output_in_doubt,
    placeholders_in,
)
from campaigns.templates.problems import TemplateProblem

# So many unknown names of each part are compared with the known names.
MOST_SUGGESTED = 20

_Scope = Mapping[str, Shape]


@dataclass(frozen=True)
class Named:
    """A problem for each occurrence of an unknown name, and the names below `content`.

    `doubts` has one warning of each kind for each expression.
    """

    problems: list[TemplateProblem]
    placements: set[str]
    doubts: list[Doubt]


def names_in(template: MailTemplate) -> Named:
    """Return the findings about the names in `template`."""
    walk = _Walk(template.part)
    walk.nodes(template.nodelist, {**NAMES, **CONSTANTS})
    return Named(walk.problems, walk.placements, list(walk.doubts.values()))


class _Walk:
    def __init__(self, part: str) -> None:
        self.part = part
        self.problems: list[TemplateProblem] = []
        self.placements: set[str] = set()
        self.doubts: dict[tuple[str, str], Doubt] = {}
        # Names that surely have a value at the current node.
        self.sure: frozenset[str] = frozenset()

    def nodes(self, nodes: Iterable[object], scope: _Scope) -> None:
        for node in nodes:
            self.node(node, scope)

    def node(self, node: object, scope: _Scope) -> None:
        if isinstance(node, TextNode):
            self.text(node)
        elif isinstance(node, VariableNode):
            self.output(node.filter_expression, scope)
        elif isinstance(node, IfNode):
            self.branches(node, scope)
        elif isinstance(node, WithNode):
            own = {name: self.shape(value, scope) for name, value in node.extra_context.items()}
            self.nodes(node.nodelist, {**scope, **own})
        elif isinstance(node, Loop):
            self.loop(node, scope)

    def text(self, node: TextNode) -> None:
        line = (node.token and node.token.lineno) or 1
        for look in (placeholders_in, empty_links_in):
            for doubt in look(node.s, self.part, line):
                self.doubt(doubt)

    def doubt(self, finding: Doubt) -> None:
        self.doubts.setdefault((finding.kind, finding.written), finding)

    def output(self, expression: object, scope: _Scope) -> None:
        assert isinstance(expression, Expression)  # the parser makes no others
        shape = self.shape(expression, scope)
        # Within a loop or a `with`, `customer` may be something else.
        is_theirs = scope.get("customer") is NAMES["customer"]
        sure = self.sure if is_theirs else {str(expression.var)}
        if doubt := output_in_doubt(expression, shape, sure, self.part):
            self.doubt(doubt)

    def branches(self, node: IfNode, scope: _Scope) -> None:
        around = known = self.sure
        for condition, inner in node.conditions_nodelists:
            for expression in _expressions(condition):
                self.shape(expression, scope)
            self.sure = known | _sure(condition, holds=True)
            self.nodes(inner, scope)
            known |= _sure(condition, holds=False)
        self.sure = around

    def loop(self, node: Loop, scope: _Scope) -> None:
        item = item_of(self.shape(node.sequence, scope))
        names = node.loopvars
        own = {name: item if len(names) == 1 else item_of(item) for name in names}
        inner = {**scope, **own, "forloop": forloop(scope.get("forloop"))}
        self.nodes(node.nodelist_loop, inner)
        self.nodes(node.nodelist_empty, scope)

    def shape(self, expression: object, scope: _Scope) -> Shape:
        assert isinstance(expression, Expression)  # the parser makes no others
        shape = self.named(expression.var, expression.line, scope)
        for function, arguments in expression.filters:
            given = [self.named(argument, expression.line, scope) for _is, argument in arguments]
            shape = shape_of_filtered(shape, getattr(function, "_filter_name", ""), given)
        return shape

    def named(self, variable: object, line: int, scope: _Scope) -> Shape:
        if not isinstance(variable, Variable) or variable.lookups is None:
            return LEAF
        first, *rest = variable.lookups
        shape = scope.get(first)
        for name in rest:
            if isinstance(shape, Placements):
                self.placements.add(name)
            shape = None if shape is None else shape_of_name(shape, name)
        if shape is not None:
            return shape
        text = _("The name “%s” is not known.") % variable.var
        is_early = len(self.problems) < MOST_SUGGESTED
        if is_early and (meant := nearest(variable.lookups, scope)):
            text = f"{text} {_('Is “%(name)s” meant?') % {'name': meant}}"
        self.problems.append(TemplateProblem("unknown_variable", self.part, line, text))
        return ANYTHING


def _expressions(condition: Any) -> Iterator[Expression]:
    # An `else` has no condition, an operator no value.
    if condition is not None:
        if isinstance(condition.value, Expression):
            yield condition.value
        yield from _expressions(condition.first)
        yield from _expressions(condition.second)


def _sure(condition: Any, *, holds: bool) -> frozenset[str]:
    """Return the names that have a value where a condition holds, or where it does not."""
    if condition is None:
        return frozenset()
    if condition.id == "not":
        return _sure(condition.first, holds=not holds)
    if condition.id in ("and", "or"):
        both = [_sure(one, holds=holds) for one in (condition.first, condition.second)]
        is_each = (condition.id == "and") is holds
        return both[0] | both[1] if is_each else both[0] & both[1]
    is_comparison = condition.first is not None
    # An author who compares a name with something has considered customers without a value.
    names = {str(one.var) for one in _expressions(condition)}
    return frozenset(names) if holds or is_comparison else frozenset()
