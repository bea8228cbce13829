"""The tags and filters of templates: these and no others."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.template import Library, TemplateSyntaxError
from django.template import defaultfilters as django_filters
from django.template.base import Node, Parser, Token
from django.template.defaulttags import IfNode, comment, do_for, do_if, do_with
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from campaigns.templates.language.effort import MOST_CHARACTERS, TooMuch
from campaigns.templates.language.nodes import Bound, Loop

# More words are no condition for people, and reading them goes as deep as they are many.
CONDITION_WORDS = 60
DECIMALS = 20
_FORMATS_OF_NUMBERS = "gu"

register = Library()
register.tag("comment", comment)
register.filter("date", django_filters.date)
register.filter("default", django_filters.default)
register.filter("first", django_filters.first)
register.filter("length", django_filters.length)


@register.tag("if")
def condition(parser: Parser, token: Token) -> IfNode:
    """Read an `if`; raise `TemplateSyntaxError` where its condition is too long."""
    if len(token.split_contents()) > CONDITION_WORDS:
        raise TemplateSyntaxError(_("The condition is too long."))
    return do_if(parser, token)


@register.tag("for")
def loop(parser: Parser, token: Token) -> Node:
    """Read a `for` as a loop that is counted."""
    read = do_for(parser, token)
    return Loop(
        read.loopvars, read.sequence, read.is_reversed, read.nodelist_loop, read.nodelist_empty
    )


@register.tag("with")
def parse_with(parser: Parser, token: Token) -> Node:
    """Read a `with`."""
    read = do_with(parser, token)
    return Bound(None, None, read.nodelist, extra_context=read.extra_context)


def _of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    # None would be written as a word, and a mapping as Python writes it.
    @wraps(function)
    def filtered(value: Any, *given: Any) -> Any:
        return function("" if value is None or isinstance(value, list | dict) else value, *given)

    return filtered


for _name in ("lower", "title", "truncatechars", "upper"):
    register.filter(_name, _of_text(getattr(django_filters, _name)))


@register.filter(is_safe=True)
def floatformat(value: Any, decimals: Any = -1) -> Any:
    """Return a number with so many decimals; more than 20 are not written."""
    asked = int(str(decimals).strip(_FORMATS_OF_NUMBERS) or -1)
    return "" if abs(asked) > DECIMALS else django_filters.floatformat(value, decimals)


@register.filter(needs_autoescape=True)
def join(value: Any, separator: Any, autoescape: bool = True) -> Any:
    """Return the items of a list with `separator` between them; raise `TooMuch` if that is vast."""
    texts = ["" if item is None else str(item) for item in value] if type(value) is list else []
    between = "" if separator is None else separator
    if len(str(between)) * len(texts) + sum(map(len, texts)) > MOST_CHARACTERS:
        raise TooMuch
    if not autoescape:
        return str(between).join(texts)
    return format_html_join(between, "{}", ((text,) for text in texts))
