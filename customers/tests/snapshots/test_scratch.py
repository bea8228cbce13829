"""Rows of the shop that are put aside on the disk go, whatever becomes of who put them there."""

import os
import time
from pathlib import Path

import pytest

from customers.snapshots.scratch import LEFT_AFTER, LOCK, scratch


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


def test_folder_of_another_host_is_deleted_after_a_day_only(engines: Path) -> None:
    """Catches a pod that deletes the folder of another pod's run, whose lock it does not see.

    Also a folder of a host that is gone, whose rows would stay for ever, and a new folder of this
    host that is deleted before its process holds the lock.
    """
    with scratch("found") as ours:
        host = ours.name.partition("@")[2]
    left, elsewhere, gone, new = (
        engines / name
        for name in (f"found-a@{host}", "found-b@pod", "found-c@pod", f"found-d@{host}")
    )
    for folder in (left, elsewhere, gone, new):
        folder.mkdir()
        if folder != new:
            (folder / LOCK).touch()
    day_before = time.time() - LEFT_AFTER - 60
    os.utime(gone, (day_before, day_before))
    with scratch("found") as ours:
        os.utime(ours, (day_before, day_before))
        with scratch("found") as other:
            assert {*engines.iterdir()} == {elsewhere, new, ours, other}
