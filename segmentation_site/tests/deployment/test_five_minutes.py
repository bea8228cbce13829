"""docs/start.md: its commands, as printed, lead from nothing to an export in five minutes."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories.ports import free_port

pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
ROOT: Path = settings.BASE_DIR
PAGE = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
SECONDS = 300
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".venv*", ".env", ".*_cache", "__pycache__", "var", "node_modules", "*.sqlite3")
)


def commands() -> list[str]:
    """Return the shell blocks of the page, in their order."""
    return re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a checkout without settings and data; its packages are those of this one."""
    copy = tmp_path / "tranche"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    venv = copy / ".venv"
    venv.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (venv / name).symlink_to(Path(sys.prefix) / name)
    # bin/prepare installs what this stamp does not have.
    shutil.copy(copy / "requirements.txt", venv / "installed-base")
    return copy


@pytest.fixture
def started(folder: Path) -> Iterator[dict[str, str]]:
    """Run the first block until it prints the address; yield the environment of the shell."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    start, *_others = commands()
    process = subprocess.Popen(
        ["bash", "-euc", start],
        cwd=folder,
        env={**environment, "PORT": str(free_port())},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Tranche: http://127.0.0.1:"):
                break
        text = "".join(printed)
        assert "Log in as admin with the password" in text, text
        yield environment
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def test_commands_as_printed_lead_to_an_export(folder: Path, started: dict[str, str]) -> None:
    outputs = []
    for block in commands()[1:]:
        done = subprocess.run(
            ["bash", "-euc", block],
            cwd=folder,
            env=started,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, block + done.stdout + done.stderr
        outputs.append(done.stdout)
    counted = re.search(r"^(\d[\d,]*) ", outputs[0], re.MULTILINE)
    with (folder / "loyal-germany.csv").open(encoding="utf-8", newline="") as file:
        members = list(csv.DictReader(file))
    assert counted, outputs[0]
    assert len(members) == int(counted[1].replace(",", "")) > 0
