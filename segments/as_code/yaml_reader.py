"""Reads YAML 1.2 as plain data with lines; refuses the features that JSON does not have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from core.problems import Problem
from core.text.json_documents import DOCUMENT_LIMIT, read_document

MOST_DEPTH = 100
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False}
BOOLEANS["FALSE"] = False
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)


@dataclass
class YamlDocument:
    """The data of a file, the line of each path such as `conditions[0].value`, and problems."""

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def line_of(self, path: str) -> int:
        """Return the line of `path`, or of the nearest enclosing value in the file."""
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)

    def refuse(self, line: int, path: str, code: str, message: str) -> None:
        """Note a problem."""
        self.problems.append((line, Problem(path, code, message)))


def read_yaml(data: bytes) -> YamlDocument:
    """Return the single document in `data` with its problems; never raises."""
    document = YamlDocument()
    if len(data) > DOCUMENT_LIMIT:
        size = f"{DOCUMENT_LIMIT // 1024:,}"
        message = _("The document is larger than %(limit)s KB.") % {"limit": size}
        document.refuse(1, "", "too_large", message)
        return document
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        document.refuse(line, "", "not_utf8", _("The file is not UTF-8."))
        return document
    try:
        _Reader(document, yaml.parse(text, Loader=yaml.SafeLoader)).read()
    except _TooDeep as error:
        message = _("The document is nested too deep to be read.")
        document.refuse(error.args[0], "", "too_deep", message)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _refuse_syntax(document, mark.line + 1 if mark else 1, str(error.problem))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _refuse_syntax(document, line, str(error.reason))
    except (yaml.YAMLError, ValueError) as error:
        _refuse_syntax(document, 1, str(error))
    return document


def _refuse_syntax(document: YamlDocument, line: int, error: str) -> None:
    document.refuse(line, "", "not_yaml", _("This is not YAML: %(error)s") % {"error": error})


class _TooDeep(Exception):
    """The document is nested deeper than MOST_DEPTH; its argument is the line."""


class _Reader:
    """Builds the data from the events of a parser, and collects the problems."""

    def __init__(self, document: YamlDocument, events: Iterator[Any]) -> None:
        self.document, self.events = document, events

    def read(self) -> None:
        started = False
        for event in self.events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            line = _line(event)
            if started:
                self.document.refuse(line, "", "documents", _("A file has one document only."))
                return
            started = True
            if event.tags or event.version not in (None, (1, 2)):
                message = _("Only YAML 1.2 without tags is read.")
                self.document.refuse(line, "", "directive", message)
            self.document.value = self._value(next(self.events), "", 0)
        if not started:
            self.document.refuse(1, "", "empty", _("The file is empty."))

    def _value(self, event: Any, path: str, depth: int) -> Any:
        line = _line(event)
        self.document.lines.setdefault(path, line)
        if depth > MOST_DEPTH:
            raise _TooDeep(line)
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            self.document.refuse(line, path, "anchor", _("Anchors and aliases are not read."))
        if isinstance(event, yaml.AliasEvent):
            return None
        if event.tag is not None:
            self.document.refuse(line, path, "tag", _("Tags are not read."))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return [
                self._value(below, f"{path}[{index}]", depth + 1)
                for index, below in enumerate(self._until(yaml.SequenceEndEvent))
            ]
        return self._mapping(path, depth)

    def _mapping(self, path: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._until(yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                self.document.refuse(line, path, "key", _("A key is a plain text."))
                self._value(event, path, depth + 1)
                self._value(next(self.events), path, depth + 1)
                continue
            key = event.value
            if event.anchor is not None or event.tag is not None:
                self.document.refuse(line, path, "key", _("A key is a plain text."))
            if key == "<<" and event.style is None:
                self.document.refuse(line, path, "merge", _("Merge keys are not read."))
            elif key in found:
                message = _("The key “%(key)s” stands twice in one object.") % {"key": key}
                self.document.refuse(line, path, "repeated_key", message)
            below = f"{path}.{key}" if path else key
            self.document.lines.setdefault(below, line)
            found[key] = self._value(next(self.events), below, depth + 1)
        return found

    def _until(self, end: type[Any]) -> Iterator[Any]:
        for event in self.events:
            if isinstance(event, end):
                return
            yield event


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _scalar(event: yaml.ScalarEvent) -> Any:
    """Return the value of a scalar; a plain scalar is read as in JSON if possible, else as text."""
    text = str(event.value)
    if event.style is not None:
        return text
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    return read_document(text) if NUMBER.fullmatch(text) else text
