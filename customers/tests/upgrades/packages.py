"""Migrations that only a test has: a package in place of those of the app `conditions`."""

import sys
from pathlib import Path

HEAD = """
from django.db import migrations, models
from django.contrib.postgres.operations import AddIndexConcurrently
"""
BODY = """
class Migration(migrations.Migration):
    dependencies = [{dependencies}]
"""


def write_package(folder: Path, files: dict[str, str], monkeypatch, settings) -> None:
    """Write `files` (the lines of each class, or a whole module) after the app's own migration."""
    name = f"migrations_{folder.name}"
    package = folder / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "0001_permission.py").write_text(
        "from importlib import import_module\n"
        "Migration = import_module('conditions.migrations.0001_permission').Migration\n"
    )
    before = "0001_permission"
    for file, text in files.items():
        head, _sep, lines = text.rpartition("---\n")
        dependency = f'("conditions", "{before}"), ("customers", "0032_kept_responses")'
        body = BODY.format(dependencies=dependency)
        (package / f"{file}.py").write_text(HEAD + head + body + lines)
        before = file
    monkeypatch.syspath_prepend(str(folder))
    settings.MIGRATION_MODULES = {"conditions": name}
    for loaded in [one for one in sys.modules if one.startswith(name)]:
        del sys.modules[loaded]
