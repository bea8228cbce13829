"""Directories of definitions, and what the commands make of them."""

import io

import pytest
from django.core.management import CommandError, call_command

TREE = {
    "match": "all",
    "conditions": [{"attribute": "lifetime.sales", "operator": "gte", "value": "500"}],
}


class Definitions:
    """A directory of a project, and the commands about it."""

    def __init__(self, path, project="shop-eu"):
        self.path = path
        (path / "segments").mkdir(parents=True)
        (path / "tranche.yaml").write_text(f"version: 1\nproject: {project}\n")

    def write(self, code, text="", **lines):
        """Write a file of `text`, or of a name and these lines."""
        rows = {"code": code, "name": code.title(), **lines}
        text = text or "".join(f"{key}: {value}\n" for key, value in rows.items())
        (self.path / "segments" / f"{code}.yaml").write_text(text)

    def remove(self, code):
        (self.path / "segments" / f"{code}.yaml").unlink()

    def run(self, command, *arguments, at=None):
        """Return the exit code and all that the command says."""
        out = io.StringIO()
        try:
            call_command(command, str(at or self.path), *arguments, stdout=out, stderr=out)
        except SystemExit as error:
            return error.code, out.getvalue()
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}"
        return 0, out.getvalue()

    def plan(self, *arguments):
        return self.run("plan_definitions", *arguments)

    def apply(self, *arguments, at=None):
        return self.run("apply_definitions", "--yes", *arguments, at=at)

    def export(self, *arguments, at=None):
        return self.run("export_definitions", *arguments, at=at)


@pytest.fixture
def definitions(db, tmp_path):
    """Return an empty directory of the project `shop-eu`."""
    return Definitions(tmp_path / "definitions")


def files_in(path):
    """Return the bytes of all files below `path` by their names."""
    return {str(one.relative_to(path)): one.read_bytes() for one in path.rglob("*.yaml")}
