"""An app that Tranche does not know brings conditions: the example in tests/ with all its tests."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.once
@pytest.mark.exhaustive
def test_the_tests_of_the_example_app_pass_with_it_installed():
    # Its own process: which apps are installed is decided once, when Django starts.
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ours.pop("SECOND_DATABASE_URL", None)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "tests/pytest.ini", "-p", "no:xdist", "tests"],
        cwd=settings.BASE_DIR,
        env=ours | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " passed" in run.stdout
