"""bin/start: the processes under its supervisor, the ports it finds, the environment it makes."""

import configparser
import os
import socket
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def programs() -> dict[str, dict[str, str]]:
    config = configparser.RawConfigParser()
    config.read(ROOT / "bin" / "supervisord.conf")
    return {
        name.removeprefix("program:"): dict(config[name])
        for name in config.sections()
        if name.startswith("program:")
    }


def test_the_supervisor_runs_web_workers_and_beat(programs: dict[str, dict[str, str]]) -> None:
    words = {name: program["command"].split() for name, program in programs.items()}
    assert set(words) == {"web", "worker", "refresher", "courier", "predictor", "beat"}
    assert {"gunicorn", "segmentation_site.wsgi"} <= set(words["web"])
    assert {"celery", "segmentation_site", "worker"} <= set(words["worker"])
    assert {"celery", "segmentation_site", "beat"} <= set(words["beat"])


def test_each_queue_has_one_worker(programs: dict[str, dict[str, str]]) -> None:
    # A long refresh must not keep the tick waiting.
    words = [program["command"].split() for program in programs.values()]
    served = [one[one.index("--queues") + 1].split(",") for one in words if "--queues" in one]
    assert sorted(chain(*served)) == sorted(settings.CELERY_TASK_QUEUES)
    # What scores trains networks too, where torch is installed; every other queue stands alone.
    assert [one for one in served if len(one) > 1] == [["tranche-predictions", "tranche-deep"]]


def test_each_is_started_again_and_all_end_together(programs: dict[str, dict[str, str]]) -> None:
    for program in programs.values():
        assert program["autorestart"] == "true"
        assert program["stopasgroup"] == program["killasgroup"] == "true"
        # Tied to the supervisor, even where that is killed outright.
        assert " -m bin.tied " in program["command"]


def test_the_supervisor_is_given_no_device_to_delete() -> None:
    # It removes its pidfile when it ends, as root even /dev/null.
    config = configparser.RawConfigParser()
    config.read(ROOT / "bin" / "supervisord.conf")
    assert not {"pidfile", "logfile"} & set(config["supervisord"])
    start = (ROOT / "bin" / "start").read_text(encoding="utf-8")
    assert '--pidfile "$state/' in start
    assert '--logfile "$state/' in start


def test_a_tied_process_ends_with_its_parent(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys; subprocess.run([sys.executable, sys.argv[1], 'sleeper'])",
            str(ROOT / "bin" / "tied.py"),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"up\n"
        parent.kill()
        parent.wait()
        # The pipe closes when its last writer, the tied process, is gone.
        assert parent.stdout.read() == b""


def test_a_port_in_use_is_passed_over_or_refused() -> None:
    def asked(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, ROOT / "bin" / "free_port.py", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = asked(str(port))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert str(port) in refused.stderr
    assert asked(str(port)).stdout == f"{port}\n"
    assert asked("none").returncode == 1
    assert asked().returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--data"],
        ["--dat", "x"],
        ["x"],
        ["--data", "/nowhere"],
        ["--rate", "USD=1.08"],
        ["--data", ".", "--rate"],
        ["--data", ".", "--prefix=x"],
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_made(arguments: list[str]) -> None:
    done = subprocess.run(
        [ROOT / "bin" / "start", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--data" in done.stderr


def test_requirements_are_pinned_with_hashes_and_name_no_index() -> None:
    for kind in ("", "-extras", "-shops", "-deep"):
        name = f"requirements{kind}.txt"
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        pins = [line for line in lines if line[:1].isalnum()]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert not [line for line in lines if "index" in line and not line.startswith("#")]
        assert not [line for line in lines if "://" in line]


def test_lock_selects_each_extra_with_all_that_it_requires() -> None:
    from bin.locked import selected

    shops = (ROOT / "requirements-shops.txt").read_text(encoding="utf-8")
    assert selected(["shops"]) == shops
    pins = [line.split("==")[0] for line in selected(["spark"]).splitlines() if line[:1].isalpha()]
    # By itself, from another extra of ours, as a requirement of a package, and nothing of the base.
    assert {"pyspark", "fsspec", "py4j"} <= set(pins)
    assert "numpy" not in pins
    assert selected(["deep"]) == (ROOT / "requirements-deep.txt").read_text(encoding="utf-8")
    with pytest.raises(KeyError, match="unheard"):
        selected(["unheard"])
