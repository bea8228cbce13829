"""Reads a directory of definitions: the project in `tranche.yaml`, a file for each segment."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from conditions import registry
from core.api.parsing import StrictSerializer, TextField, WholeNumberField, YesNoField
from core.api.refusals import problems_in
from core.problems import Problem
from core.text.codes import CODE
from core.text.json_documents import DOCUMENT_LIMIT
from segments.as_code.yaml_reader import YamlDocument, read_yaml
from segments.editing.resource import SegmentFields
from segments.editing.saving import InvalidDefinition
from segments.rules.definition import Definition, Handling, parts_of

PROJECT_FILE, FOLDER, ENDING = "tranche.yaml", "segments", ".yaml"
FORMAT = 1
AUTHOR = "code:"


@dataclass(frozen=True)
class FileProblem:
    """A problem in a file, with its line."""

    file: str
    line: int
    problem: Problem

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.problem}"


class InvalidFiles(ValueError):
    """Invalid files; `problems` has all problems in them."""

    def __init__(self, problems: list[FileProblem]) -> None:
        self.problems = sorted(problems, key=lambda one: (one.file, one.line))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class SegmentFile:
    """A segment from its file; `source` has the lines, and is empty in a stored plan.

    `is_refused`: the file has problems, and the segment has its fields without problems. It is only
    saved, and rolled back, to find the others.
    """

    code: str
    definition: Definition
    handling: Handling
    protect: bool
    source: YamlDocument
    is_refused: bool = False

    @property
    def name(self) -> str:
        """The file's path in the directory."""
        return f"{FOLDER}/{self.code}{ENDING}"

    def problems_in(self, error: InvalidDefinition) -> list[FileProblem]:
        """Return the problems of a refused save, with their lines in the file."""
        return [
            FileProblem(
                self.name,
                self.source.line_of(f"{prefix}{problem.path}"),
                _with_near_names(problem, self.definition.conditions),
            )
            for field, problems in error.by_field.items()
            for prefix in ["conditions." if field == "conditions" else ""]
            for problem in problems
        ]

    def refused(self, path: str, code: str, message: str) -> FileProblem:
        """Return a problem of the value at `path`."""
        return FileProblem(self.name, self.source.line_of(path), Problem(path, code, message))


@dataclass(frozen=True)
class Directory:
    """A project and its segments' files; `problems` are those of unreadable files.

    `unread` are the codes in the names of such files.
    """

    project: str
    files: tuple[SegmentFile, ...]
    problems: tuple[FileProblem, ...] = ()
    unread: frozenset[str] = frozenset()

    @property
    def author(self) -> str:
        """The name under which changes are made."""
        return f"{AUTHOR}{self.project}"


class ProjectSerializer(StrictSerializer):
    """The contents of `tranche.yaml`."""

    version = WholeNumberField(min_value=FORMAT, max_value=FORMAT)
    project = TextField(max_length=64, validators=[CODE])


class FileSerializer(SegmentFields):
    """A segment as the API takes it, and whether a missing file may delete it."""

    code = TextField(max_length=64, validators=[CODE])
    protect = YesNoField(default=False)


def read_directory(path: Path) -> Directory:
    """Return the contents of the directory at `path`. Raises InvalidFiles if it has no project."""
    problems: list[FileProblem] = []
    project = _project(path, problems)
    files, unread = [], set()
    for name in _names(path / FOLDER, problems):
        source = _read(path / FOLDER / name)
        found = read_segment(source, f"{FOLDER}/{name}", problems)
        if found is None or found.is_refused:
            unread.add(name.removesuffix(ENDING))
        if found is not None:
            files.append(found)
    if not project:
        raise InvalidFiles(problems)
    return Directory(project, tuple(files), tuple(problems), frozenset(unread))


def read_project(path: Path) -> str:
    """Return the name of the project of the directory at `path`. Raises InvalidFiles."""
    problems: list[FileProblem] = []
    project = _project(path, problems)
    if problems:
        raise InvalidFiles(problems)
    return project


def _project(path: Path, problems: list[FileProblem]) -> str:
    source = _read(path / PROJECT_FILE)
    values, found = _values(ProjectSerializer, source, PROJECT_FILE)
    problems += found
    return "" if values is None else str(values["project"])


def read_segment(
    source: YamlDocument, file: str, problems: list[FileProblem]
) -> SegmentFile | None:
    """Return the segment in `source`, and add its problems to `problems`; None if it is unreadable.

    The segment of a file with problems has the code in the name of the file.
    """
    own = file.removeprefix(f"{FOLDER}/").removesuffix(ENDING)
    values, found = _values(FileSerializer, source, file)
    if values is not None and values["code"] != own:
        message = _("The file of the segment “%(code)s” is called %(file)s.")
        names = {"code": values["code"], "file": f"{FOLDER}/{values['code']}{ENDING}"}
        problem = Problem("code", "file_name", message % names)
        found = [FileProblem(file, source.line_of("code"), problem)]
    problems += found
    is_refused = bool(found)
    if is_refused and isinstance(source.value, Mapping):
        wrong = _values(FileSerializer, YamlDocument(source.value), file)[1]
        fields = {one.problem.field for one in wrong}
        rest = {name: one for name, one in source.value.items() if name not in fields}
        document = YamlDocument({"name": own, **rest, "code": own})
        values, _none = _values(FileSerializer, document, file)
    if values is None:
        return None
    code, protect = values.pop("code"), values.pop("protect")
    return SegmentFile(code, *parts_of(values), protect, source, is_refused)


def _with_near_names(problem: Problem, tree: Any) -> Problem:
    """Return `problem` of `tree`; for an unknown attribute, with similar names in its message."""
    if problem.code != "unknown_attribute":
        return problem
    value = tree
    for index, key in re.findall(r"\[(\d+)\]|([^.\[\]]+)", problem.path):
        value = value[int(index)] if index else value[key]
    known = [attribute.code for attribute in registry.attributes()]
    near = get_close_matches(str(value), known)
    if not near:
        return problem
    message = _("%(problem)s (near: %(names)s)")
    said = message % {"problem": problem.message.rstrip("."), "names": ", ".join(near)}
    return replace(problem, message=said)


def _values(
    serializer_class: type[serializers.Serializer[Any]], source: YamlDocument, file: str
) -> tuple[dict[str, Any] | None, list[FileProblem]]:
    """Return the values in `source`, None if it has problems, and these problems."""
    found = [FileProblem(file, line, problem) for line, problem in source.problems]
    if not isinstance(source.value, Mapping):
        if not found:
            message = _("The file has keys and their values.")
            found = [FileProblem(file, 1, Problem("", "not_an_object", message))]
        return None, found
    known = {one.problem.path for one in found}
    serializer = serializer_class(data=source.value)
    try:
        serializer.is_valid(raise_exception=True)
    except ValidationError as error:
        found += [
            FileProblem(file, source.line_of(problem.path), problem)
            for problem in problems_in(error.detail)
            if problem.path not in known
        ]
    return (None, found) if found else (dict(serializer.validated_data), found)


def _names(folder: Path, problems: list[FileProblem]) -> list[str]:
    """Return the names of the files in `folder`, none if there is no folder."""
    if folder.is_symlink():
        message = _("Symbolic links are not read.")
        problems.append(FileProblem(FOLDER, 1, Problem("", "symbolic_link", message)))
        return []
    if not folder.exists():
        return []
    names = sorted(os.listdir(folder))
    for name in names:
        if name.lower().endswith((".yml", ENDING)) and not name.endswith(ENDING):
            message = _("The name of a file ends with %(ending)s.") % {"ending": ENDING}
            problem = Problem("", "file_name", message)
            problems.append(FileProblem(f"{FOLDER}/{name}", 1, problem))
    return [name for name in names if name.endswith(ENDING)]


def _read(path: Path) -> YamlDocument:
    """Return the document at `path`; reads at most one byte more than the limit."""
    refused = YamlDocument()
    try:
        # With O_NOFOLLOW, the kernel refuses symbolic links, without a race.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(handle, "rb") as file:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                return read_yaml(file.read(DOCUMENT_LIMIT + 1))
        refused.refuse(1, "", "no_file", _("This is not a file."))
    except OSError as error:
        if path.is_symlink():
            refused.refuse(1, "", "symbolic_link", _("Symbolic links are not read."))
        else:
            refused.refuse(1, "", "unreadable", str(error.strerror))
    return refused
