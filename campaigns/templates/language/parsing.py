"""Reads one part of a template, with every problem and its line."""

import re
from typing import Any, NoReturn

from django.template import Engine, Template, TemplateSyntaxError
from django.template.base import Lexer, Node, NodeList, Parser, TextNode, Token, TokenType
from django.template.defaulttags import CommentNode
from django.utils.translation import gettext as _

from campaigns.templates.language.expressions import Expression
from campaigns.templates.language.nodes import metered
from campaigns.templates.problems import TemplateProblem

_PAIRS = (("{%", "%}"), ("{{", "}}"))
# Minified style sheets have a few of these that are no comments: “@media print{#menu{…”.
_COMMENT, _COMMENT_END, _FEW = "{#", "#}", 100

MOST_NESTED = 40
MOST_CHARACTERS_OF_A_TAG = 1_000

# A name at the beginning of an expression, as it is written with hyphens.
_HYPHENED = re.compile(r"[a-z][\w.]*(?:-[\w.]+)+", re.IGNORECASE)

# Words that only stand within other tags: out of place, but not forbidden.
_INNER_TAGS = {"elif", "else", "empty", "endcomment", "endfor", "endif", "endwith"}


class _Engine(Engine):
    # Django always adds its own tags, `load` and `include` among them.
    default_builtins = []


_ENGINE = _Engine(libraries={}, builtins=["campaigns.templates.language.library"], loaders=[])


class _Tags(dict[str, Any]):
    """The tags that there are; any other is noted, and reading goes on."""

    def __init__(self, parser: "_Parser") -> None:
        super().__init__(parser.tags)
        self.parser = parser

    def __missing__(self, name: str) -> Any:
        if name in _INNER_TAGS:
            raise KeyError(name)
        return self.parser.refused_tag


class _Parser(Parser):
    def __init__(self, tokens: list[Token], part: str) -> None:
        super().__init__(tokens, _ENGINE.template_libraries, _ENGINE.template_builtins, origin=None)
        self.part = part
        self.line = 1
        self.depth = 0
        self.refused: set[str] = set()
        self.problems: list[TemplateProblem] = []
        self.tags = _Tags(self)

    def note(self, code: str, line: int, detail: str) -> None:
        self.problems.append(TemplateProblem(code, self.part, line, detail))

    def next_token(self) -> Token:
        token = super().next_token()
        self.line = token.lineno or 1
        is_tag = token.token_type in (TokenType.BLOCK, TokenType.VAR)
        if is_tag and len(token.contents) > MOST_CHARACTERS_OF_A_TAG:
            raise self.error(token, _("The tag is too long."))
        return token

    def parse(self, parse_until: Any = None) -> NodeList:
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise TemplateSyntaxError(_("Tags are nested too deeply."))
        nodes = super().parse(parse_until)
        self.depth -= 1
        return nodes

    def extend_nodelist(self, nodelist: NodeList, node: Node, token: Token) -> None:
        if not isinstance(node, CommentNode):
            super().extend_nodelist(nodelist, metered(node), token)

    def refused_tag(self, parser: Parser, token: Token) -> Node:
        name = token.contents.split()[0]
        # The end of a refused tag is no problem of its own.
        if not (name.startswith("end") and name.removeprefix("end") in self.refused):
            self.refused.add(name)
            self.note("not_allowed", self.line, _("The tag “%s” is not allowed.") % name)
        return TextNode("")

    def find_filter(self, filter_name: str) -> Any:
        if filter_name in self.filters:
            return self.filters[filter_name]
        text = _("The filter “%s” is not allowed.")
        self.note("not_allowed", self.line, text % filter_name)
        return _unchanged

    def compile_filter(self, token: str) -> Expression:
        try:
            expression = Expression(token, self, self.line)
        except TemplateSyntaxError as error:
            # Django refuses names with an underscore first; here they are unknown names.
            if "underscores" not in str(error):
                if hyphened := _HYPHENED.match(token):
                    raise TemplateSyntaxError(_without_hyphens(hyphened[0])) from error
                raise
            self.note("unknown_variable", self.line, _("The name “%s” is not known.") % token)
            return Expression("None", self, self.line)
        if expression.is_translated():
            self.note("not_allowed", self.line, _("“_(…)” is not allowed."))
        return expression

    def invalid_block_tag(self, token: Token, command: str, parse_until: Any = None) -> NoReturn:
        raise self.error(token, _("The tag “%s” has no place here.") % command)

    def unclosed_block_tag(self, parse_until: Any) -> NoReturn:
        command, token = self.command_stack.pop()
        raise self.error(token, _("The tag “%s” is not closed.") % command)


def _without_hyphens(name: str) -> str:
    text = _("There is no hyphen in a name: for “%(name)s” write “%(instead)s”.")
    return text % {"name": name, "instead": name.replace("-", "_")}


def _unchanged(value: Any, given: Any = None) -> Any:
    return value


class MailTemplate(Template):
    """One part of a template, read; `problems` has what is wrong, and then there is no output."""

    problems: list[TemplateProblem]

    def __init__(self, source: str, part: str) -> None:
        self.part = part
        super().__init__(source, engine=_ENGINE)

    def compile_nodelist(self) -> NodeList:
        """Return the nodes; none where the source cannot be read."""
        self.problems = [
            TemplateProblem("syntax", self.part, line, _("“%s” is not closed.") % mark)
            for line, mark in unclosed(self.source)
        ]
        if self.problems:
            return NodeList()
        parser = _Parser(Lexer(self.source).tokenize(), self.part)
        self.problems = parser.problems
        try:
            return parser.parse()
        except Exception as error:  # what Django's tags raise for broken words is of many kinds
            token = getattr(error, "token", None)
            parser.note(
                "syntax", token.lineno if token else parser.line, str(error) or _("Unreadable.")
            )
            return NodeList()


def unclosed(source: str) -> list[tuple[int, str]]:
    """Return the line (from 1) and the mark of what is opened last in its line and not closed."""
    return [
        (number, mark)
        for number, line in enumerate(source.split("\n"), start=1)
        for mark in _open_marks(line)
    ]


def _open_marks(line: str) -> list[str]:
    marks = [start for start, end in _PAIRS if line.rfind(start) > line.rfind(end)]
    if line.count(_COMMENT, line.rfind(_COMMENT_END) + 1) > _FEW:
        marks.append(_COMMENT)
    return marks
