"""Rows of the shop on the disk go with the next call when their process was killed."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from customers.snapshots.scratch import scratch

# The process asks no database.
pytestmark = [pytest.mark.once, pytest.mark.exhaustive]
HOLDING = """
import os, sys, time, django
django.setup()
from customers.snapshots.scratch import scratch
with scratch("duckdb") as folder:
    (folder / "rows").write_text("a@example.com")
    print(folder, flush=True)
    time.sleep(3600)
"""


def test_what_a_killed_process_has_left_is_deleted_what_a_live_one_has_is_not(
    settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
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
        assert list((tmp_path / "engines").iterdir()) == [folder]
