"""Writes segments to files; only overwrites files that differ if forced to."""

from collections.abc import Sequence
from pathlib import Path

from core.commands import write_out
from segments.as_code.documents import document_of
from segments.as_code.files import (
    ENDING,
    FOLDER,
    FORMAT,
    PROJECT_FILE,
    InvalidFiles,
    read_project,
)
from segments.as_code.yaml_writer import write_yaml
from segments.models import ManagedSegment, Segment

# The name of a new project.
UNNAMED = "shop"


class WouldOverwrite(ValueError):
    """Existing files differ from the new ones; nothing was written. `files` are their paths."""

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files
        super().__init__("\n".join(map(str, files)))


def export_files(segments: Sequence[Segment], path: Path, *, force: bool = False) -> list[Path]:
    """Write `segments` and, where there is none, the project's file; return the written paths.

    Raises WouldOverwrite unless `force`, OSError and CommandError where a file cannot be written.
    """
    managed = {row.segment_id: row for row in ManagedSegment.objects.filter(segment__in=segments)}
    wanted = {
        path / FOLDER / f"{segment.code}{ENDING}": write_yaml(
            document_of(segment, managed.get(segment.pk))
        )
        for segment in segments
    }
    if not _has_project(path):
        projects = {row.project for row in managed.values()}
        name = projects.pop() if len(projects) == 1 else UNNAMED
        wanted[path / PROJECT_FILE] = write_yaml({"version": FORMAT, "project": name})
    changed = {file: data for file, data in sorted(wanted.items()) if _differs(file, data)}
    existing = [file for file in changed if file.is_symlink() or file.exists()]
    links = [file for file in (path / FOLDER, *existing) if file.is_symlink()]
    if links or (existing and not force):
        raise WouldOverwrite(links or existing)
    (path / FOLDER).mkdir(parents=True, exist_ok=True)
    for file, data in changed.items():
        write_out([data], str(file), None)
    return list(changed)


def _has_project(path: Path) -> bool:
    """Return whether there is a readable project file, which is kept with its comments."""
    try:
        read_project(path)
    except InvalidFiles:
        return False
    return True


def _differs(file: Path, data: bytes) -> bool:
    return file.is_symlink() or not file.is_file() or file.read_bytes() != data
