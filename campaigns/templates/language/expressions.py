"""Expressions of a template, which read plain data only and never fail."""

from collections.abc import Mapping
from typing import Any

from django.template import Context, Variable
from django.template.base import FilterExpression, Parser
from django.utils.functional import Promise

from campaigns.templates.language.effort import STEP, spend

# An index of a list has no more digits.
_DIGITS = 9
# Exceptions that filters raise for values of unexpected types.
_FAILURES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Name(Variable):
    """A name, resolved by keys of mappings and indexes of lists: nothing is ever called."""

    def _resolve_lookup(self, context: Context) -> Any:
        found: Any = context
        for bit in self.lookups or ():
            if isinstance(found, Mapping | Context):
                found = found.get(bit)
            elif isinstance(found, list) and bit.isdecimal() and len(bit) <= _DIGITS:
                place = int(bit)
                found = found[place] if place < len(found) else None
            else:
                return None
        return found


class Expression(FilterExpression):
    """A name or a literal with its filters; `line` is where it stands in the template."""

    __slots__ = ("line",)

    def __init__(self, token: str, parser: Parser, line: int) -> None:
        super().__init__(token, parser)
        self.line = line
        if self.is_var:
            self.var = Name(self.var.var)
        self.filters = [
            (function, [(is_var, Name(given.var) if is_var else given) for is_var, given in args])
            for function, args in self.filters
        ]

    def is_translated(self) -> bool:
        """Return whether a literal asks to be translated."""
        literals = [self.var, *(given for _f, args in self.filters for _is_var, given in args)]
        return any(isinstance(literal, Promise) for literal in literals)

    def resolve(self, context: Context, ignore_failures: bool = False) -> Any:
        """Return the value; what is absent or fails is None to a condition, else empty."""
        given = [self.var, *(one for _filter, args in self.filters for _is_var, one in args)]
        read = sum(_length(one, context) for one in given)
        spend(context, (STEP + read) * (1 + len(self.filters)))
        try:
            value = super().resolve(context, ignore_failures)
        except _FAILURES:
            value = None
        return "" if value is None and not ignore_failures else value


def _length(operand: Any, context: Context) -> int:
    value = operand.resolve(context) if isinstance(operand, Variable) else operand
    if isinstance(value, list):
        return len(value) + sum(len(item) for item in value if isinstance(item, str))
    return len(value) if isinstance(value, str) else 0
