"""Rows of the shop that are put aside on the disk go, whatever becomes of who put them there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project

from conditions.engines.scratch import scratch

HOLDING = """
import os, sys, time, django
django.setup()
from conditions.engines.scratch import scratch
with scratch("duckdb") as folder:
    (folder / "rows").write_text("a@example.com")
    print(folder, flush=True)
    time.sleep(3600)
"""


@pytest.fixture
def engines(settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "engines"


def test_it_goes_with_the_block_and_is_ours_alone(engines: Path) -> None:
    with scratch("duckdb") as one, scratch("found") as another:
        assert {path.name for path in engines.iterdir()} == {one.name, another.name}
        assert (one.name.partition("-")[0], one.stat().st_mode & 0o777) == ("duckdb", 0o700)
    with pytest.raises(ZeroDivisionError), scratch("found"):
        raise ZeroDivisionError
    assert list(engines.iterdir()) == []


def test_what_a_killed_process_has_left_is_deleted_what_a_live_one_has_is_not(
    engines: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING],
        cwd=project.BASE_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "segmentation_site.settings",
            "SECRET_KEY": "x",
            "DATA_DIR": str(tmp_path),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        rows = Path(process.stdout.readline().strip(), "rows")
        with scratch("duckdb"):
            assert rows.exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert rows.exists()
    with scratch("duckdb") as folder:
        assert list(engines.iterdir()) == [folder]
