"""Nodes that write: text, values and loops, each counting its cost."""

from typing import Any

from django.template import Context
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    TextNode,
    VariableNode,
    render_value_in_context,
)
from django.template.defaulttags import ForNode, WithNode
from django.utils.safestring import SafeString

from campaigns.templates.language.effort import STEP, MeteredContext, spend
from campaigns.templates.language.prices import Price


class MeteredText(TextNode):
    """Text of the template as it stands."""

    def render_annotated(self, context: Context) -> SafeString:
        """Return the text, counted."""
        spend(context, len(self.s))
        return SafeString(self.s)


class Output(VariableNode):
    """A value, escaped where the part is HTML."""

    def render(self, context: Context) -> str:
        """Return the value as text; lists and mappings have none."""
        value = self.filter_expression.resolve(context)
        if isinstance(value, list | dict):
            return ""
        if isinstance(value, Price):
            value = value.written
        try:
            written = render_value_in_context(value, context)
        except (ArithmeticError, ValueError):
            # A time beside the first or last year in the zone of the moment.
            return ""
        spend(context, len(written))
        if not written.strip():
            _metered(context).note_empty(self.filter_expression)
        return written


class Loop(ForNode):
    """A loop over a list; anything else has no turns."""

    sequence: FilterExpression
    nodelist_loop: NodeList
    nodelist_empty: NodeList

    def render(self, context: Context) -> str:
        """Return the output of every turn, of `empty` where there is none."""
        values = self.sequence.resolve(context, ignore_failures=True)
        turns: list[Any] = list(values) if isinstance(values, list) else []
        metering = _metered(context)
        for name in self.loopvars:
            metering.name(name, self.sequence)
        if not turns and not self.nodelist_empty:
            metering.note_empty(self.sequence)
        if not turns:
            return self.nodelist_empty.render(context)
        if self.is_reversed:
            turns.reverse()
        around = context.get("forloop", {})
        written = []
        for place, item in enumerate(turns):
            spend(context, STEP)
            names = {"forloop": _state(place, len(turns), around), **self._named(item)}
            with context.push(names):
                written.append(self.nodelist_loop.render(context))
        return "".join(written)

    def _named(self, item: Any) -> dict[str, Any]:
        if len(self.loopvars) == 1:
            return {self.loopvars[0]: item}
        parts = item if isinstance(item, list) else []
        missing = [None] * (len(self.loopvars) - len(parts))
        return dict(zip(self.loopvars, [*parts, *missing], strict=False))


class Bound(WithNode):
    """Names given to values; they may be any word, "self" too."""

    def render(self, context: Context) -> str:
        """Return the rendered content of the block, in which the names have their values."""
        names = {name: value.resolve(context) for name, value in self.extra_context.items()}
        for name, value in self.extra_context.items():
            _metered(context).name(name, value)
        with context.push(names):
            return self.nodelist.render(context)


def _metered(context: Context) -> MeteredContext:
    assert isinstance(context, MeteredContext)
    return context


def _state(place: int, count: int, around: Any) -> dict[str, Any]:
    return {
        "parentloop": around,
        "counter0": place,
        "counter": place + 1,
        "revcounter": count - place,
        "revcounter0": count - place - 1,
        "first": place == 0,
        "last": place == count - 1,
    }


def metered(node: Node) -> Node:
    """Return the node that counts what `node` costs."""
    if isinstance(node, TextNode):
        return MeteredText(node.s)
    if isinstance(node, VariableNode):
        return Output(node.filter_expression)
    return node
