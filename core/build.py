"""The build of Tranche that this process runs: its version, and the revision of its source."""

import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Seconds that git may take to name the revision of a checkout.
GIT_SECONDS = 5


@cache
def version() -> str:
    """Return the version of this process, as the file VERSION in the root had it at first use."""
    return (ROOT / "VERSION").read_text(encoding="utf-8").strip()


@cache
def revision() -> str:
    """Return the revision of this process's source; "" where nothing names one.

    An image names the revision in the environment (`REVISION`), a checkout by git.
    """
    named = os.environ.get("REVISION", "").strip()
    if named or not (ROOT / ".git").exists():
        return named
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the git of this machine
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip()


def precedes(one: str, other: str) -> bool:
    """Return whether the version `one` ("1.3.2") is older than `other` ("1.4").

    Raises ValueError where either is not made of numbers with dots between.
    """
    return _numbers(one) < _numbers(other)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of a version without the zeros at its end: "1.4.0" is "1.4"."""
    numbers = [int(part) for part in text.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
